#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Tempo that changes from piece to piece.
struct TempoConfig {
  int64_t pieces = 3;
  double min_rate = 0.8, max_rate = 1.25;  ///< > 1 is faster; as often slow as fast
};
void bind(configs::Binder& b, TempoConfig& c);

/// The contour is cut at random places, and each piece sung at a rate of its own: frames are left out or
/// repeated.
void distort(CentredContour& centred, const TempoConfig& config, RandomStream& random);

}  // namespace melomine::melody
