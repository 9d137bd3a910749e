#pragma once

#include "core/random.h"
#include "dsp/audio_buffer.h"

namespace melomine::synth {

/// A small reverberator of four combs and two all-passes (Schroeder 1962). In place.
/// @param wet      level of the reverberation relative to the dry sound, >= 0
/// @param decay_s  time to fall by 60 dB, > 0
void add_reverb(dsp::AudioBuffer& audio, double wet, double decay_s);

/// How somebody recorded a hum with what was at hand.
struct Microphone {
  double low_cut_hz = 120;
  double high_cut_hz = 5000;
  double noise_snr_db = 25;    ///< of the whole file's hum power against steady room noise
  double noise_exponent = 1;   ///< noise power falls as 1 / f^exponent: 0 white, 1 pink, 2 brown
  double breath_db = -300;     ///< breath and wind on the microphone while it sounds, relative to the hum
  double mains_hum_db = -300;  ///< 50 Hz and harmonics, relative to the noise
  double peak = 0.5;           ///< of the result; above 1 it is clipped
};

/// Breath, noise, band-pass, level, clipping. In place.
void record_through(dsp::AudioBuffer& audio, const Microphone& microphone, RandomStream& random);

}  // namespace melomine::synth
