#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Moments without sound, as of a bad connection: time goes on (unlike splice_out).
struct TimeDropoutConfig {
  int64_t max_times = 8;  ///< uniform from 1 to this
  double max_s = 0.3;     ///< length of one, uniform up to this
};
void bind(configs::Binder& b, TimeDropoutConfig& c);

}  // namespace melomine::datasets
