#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Moments without sound, as of a bad connection: time goes on (unlike splice_out). Its numbers: of each
/// gap the position and the duration (Gap).
struct TimeDropoutConfig {
  int64_t max_times = 8;  ///< uniform from 1 to this
  double max_s = 0.3;     ///< length of one, uniform up to this
};
void bind(configs::Binder& b, TimeDropoutConfig& c);

struct Gap {
  double position = 0;  ///< in [0, 1), among the places where it lies inside the clip
  double duration_s = 0;
};
/// Where it lies in a clip of so many samples.
struct GapPlace {
  int64_t begin = 0, length = 0;
};
GapPlace place_of(const Gap& gap, int64_t count, int sample_rate_hz);

}  // namespace melomine::datasets
