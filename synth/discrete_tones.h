#pragma once

#include <vector>

#include "configs/binder.h"
#include "dsp/f0_track.h"
#include "dsp/midi.h"

namespace melomine::synth {

/// How a pitch track becomes tones.
struct ToneConfig {
  double shortest_tone_s = 0.08;  ///< what is shorter is no tone of its own
};
void bind(configs::Binder& b, ToneConfig& c);

/// The discrete tones that a voice sings (the step of "Hum to Search" before its generator): its track as
/// notes of one pitch each, whole semitones apart, counted from the voice's own tuning, so that who sings 40
/// cents flat stays there. Of all ways to name each frame a semitone or a rest the cheapest is taken
/// (Viterbi): a frame costs its distance from the semitone, up to a limit, and each change costs what a
/// shortest tone would. So vibrato, slides into a note and single frames of a wrong octave are no tones,
/// consonants no rests; a note that is struck again is told from one that is held by the rest between alone.
/// @returns by start, not overlapping; times at half a hop; none where nothing is voiced
/// @throws ConfigError for a hop that is not > 0
std::vector<dsp::Note> discrete_tones(const dsp::F0Track& track, const ToneConfig& config = {});

/// Cents in [-50, 50) by which the voiced frames lie above the nearest semitone of A4 = 440 Hz, in the
/// circular mean; 0 where none is voiced.
double tuning_cents(const dsp::F0Track& track);

}  // namespace melomine::synth
