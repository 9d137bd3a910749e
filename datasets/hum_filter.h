#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::datasets {

/// Sung words to something like a hum, in place: linear prediction finds what the mouth does to each 32 ms
/// and takes it out (the source-filter model; Makhoul 1975, autocorrelation method, order 18 at 16 kHz);
/// what is left, harmonics of about equal level, is darkened as by a closed mouth. Pitch, timing and level
/// of each frame stay.
/// @param cutoff_hz  above it the hum falls by 12 dB an octave; > 0
void hum_filter(std::span<float> voice, double cutoff_hz, int sample_rate_hz);

/// The frames and filters of it at a sample rate.
struct HumFrames {
  int64_t frame = 0;  ///< samples, 32 ms; the hop is half of it, and the first frame begins one hop early
  int64_t order = 0;  ///< of the linear prediction
  std::vector<float> window;  ///< [frame], before the analysis and after the filters
  float pole = 0;             ///< y[n] = pole · y[n-1] + (1 - pole) · x[n], twice
};
HumFrames hum_frames(double cutoff_hz, int sample_rate_hz);
/// Of a frame's power, added as white noise: keeps the predictor from chasing what is 30 dB down.
inline constexpr double kHumWhiteNoise = 1e-3;

}  // namespace melomine::datasets
