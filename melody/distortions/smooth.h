#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Steps that become slopes, as of portamento or a slow tracker.
struct SmoothConfig {
  double max_width_s = 0.5;  ///< of the moving average; drawn up to this
};
void bind(configs::Binder& b, SmoothConfig& c);

/// Sung frames become the mean of the sung frames about them that no rest parts them from.
void distort(CentredContour& centred, const SmoothConfig& config, RandomStream& random);

}  // namespace melomine::melody
