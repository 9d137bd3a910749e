#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// A dull recording: what lies above a cut-off falls by 12 dB an octave. Its number: the cut-off, Hz.
struct LowPassConfig {
  double min_cutoff_hz = 500, max_cutoff_hz = 4000;  ///< log-uniform between them
};
void bind(configs::Binder& b, LowPassConfig& c);

/// Second-order Butterworth low-pass by the bilinear transform, in place: -3 dB at the cut-off.
/// @param cutoff_hz  > 0; from half the sample rate on nothing changes
void low_pass(std::span<float> clip, double cutoff_hz, int sample_rate_hz);

/// y[n] = b0 · (x[n] + 2 x[n-1] + x[n-2]) - a1 · y[n-1] - a2 · y[n-2]
struct Biquad {
  double b0 = 1, a1 = 0, a2 = 0;
};
/// That filter. @param cutoff_hz  in (0, sample_rate_hz / 2)
Biquad butterworth(double cutoff_hz, int sample_rate_hz);

}  // namespace melomine::datasets
