#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// A dull recording: what lies above a cut-off falls by 12 dB an octave.
struct LowPassConfig {
  double min_cutoff_hz = 500, max_cutoff_hz = 4000;  ///< log-uniform between them
};
void bind(configs::Binder& b, LowPassConfig& c);

/// Second-order Butterworth low-pass by the bilinear transform, in place: -3 dB at the cut-off.
/// @param cutoff_hz  > 0; from half the sample rate on nothing changes
void low_pass(std::span<float> clip, double cutoff_hz, int sample_rate_hz);

}  // namespace melomine::datasets
