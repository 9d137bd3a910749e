#pragma once

#include <span>

namespace melomine::datasets {

/// Sung words to something like a hum, in place: linear prediction finds what the mouth does to each 32 ms
/// and takes it out (the source-filter model; Makhoul 1975, autocorrelation method, order 18 at 16 kHz);
/// what is left, harmonics of about equal level, is darkened as by a closed mouth. Pitch, timing and level
/// of each frame stay.
/// @param cutoff_hz  above it the hum falls by 12 dB an octave; > 0
void hum_filter(std::span<float> voice, double cutoff_hz, int sample_rate_hz);

}  // namespace melomine::datasets
