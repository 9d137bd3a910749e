#pragma once

#include <vector>

#include "core/random.h"
#include "dsp/audio_buffer.h"

namespace melomine::synth {

enum class Part { kChords, kBass, kLead, kKick, kSnare, kHat };

/// Something the band plays. Drums ignore pitch and end.
struct BandEvent {
  Part part = Part::kChords;
  double start_s = 0;
  double end_s = 0;
  double pitch_midi = 60;
  double velocity = 0.8;
};

/// The sound of a pitched instrument.
struct InstrumentTimbre {
  double harmonic_exponent = 1.2;  ///< harmonic h has amplitude 1 / h^exponent
  double even_harmonics = 1.0;     ///< 1 = saw-like, 0 = hollow
  double attack_s = 0.005;
  double decay_s = 0.8;  ///< time constant towards `sustain`
  double sustain = 0.0;  ///< 0 = plucked, near 1 = organ
  double release_s = 0.08;
  double detune_cents = 6;  ///< second oscillator; 0 = none
};

struct BandTimbre {
  InstrumentTimbre chords, bass, lead;
  double kick_hz = 55, snare_hz = 190;
  double chords_level = 0.5, bass_level = 0.8, lead_level = 0.4, drum_level = 0.8;
  double tuning_semitones = 0;
};

/// Renders a band. Events may overlap and come in any order. Result has unit RMS (0 throughout without
/// events).
dsp::AudioBuffer play_band(const std::vector<BandEvent>& events, const BandTimbre& timbre, double duration_s,
                           int sample_rate_hz, RandomStream& random);

}  // namespace melomine::synth
