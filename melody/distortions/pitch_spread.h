#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Intervals that are too narrow or too wide.
struct PitchSpreadConfig {
  double min_scale = 0.8, max_scale = 1.2;
};
void bind(configs::Binder& b, PitchSpreadConfig& c);

/// Distances from the mean of what is sung are scaled by one factor.
void distort(CentredContour& centred, const PitchSpreadConfig& config, RandomStream& random);

}  // namespace melomine::melody
