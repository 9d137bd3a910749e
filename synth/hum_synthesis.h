#pragma once

#include <string>
#include <vector>

#include "configs/binder.h"
#include "core/random.h"
#include "dsp/audio_buffer.h"
#include "dsp/midi.h"

namespace melomine::synth {

/// What a generated hum sounds like.
enum class HumTimbre {
  kHummed,    ///< a voice with its lips shut: harmonics that fall with the formants of a closed mouth
  kWhistled,  ///< one partial and a little breath about it, raised by octaves to where people whistle
};
/// "hummed", "whistled".
std::string to_string(HumTimbre timbre);

/// Tones in another key and at another tempo.
/// @param transpose_semitones  added to each pitch
/// @param tempo_ratio          > 0; above 1 they come faster, from time 0 on
/// @throws ConfigError for a ratio that is not > 0
std::vector<dsp::Note> changed_tones(std::vector<dsp::Note> tones, double transpose_semitones,
                                     double tempo_ratio);

/// Octaves by which `timbre` raises these tones: a whistle's mean pitch lies from E5 (659 Hz) to E6.
int raised_octaves(const std::vector<dsp::Note>& tones, HumTimbre timbre);

/// Tones as a hum: the generator of system E. The voice is drawn from the stream (formants, slope of the
/// source, breath); pitch and timing are the tones' own, without vibrato, with changes of pitch inside a
/// breath as slides of 40 ms centred on the onset.
/// @param tones       by start, not overlapping (discrete_tones)
/// @param duration_s  of the result; tones beyond it are cut
/// @returns RMS 0.1 of full scale where it sounds; silence without tones
dsp::AudioBuffer synthesise_hum(const std::vector<dsp::Note>& tones, HumTimbre timbre, double duration_s,
                                int sample_rate_hz, RandomStream& random);

}  // namespace melomine::synth
