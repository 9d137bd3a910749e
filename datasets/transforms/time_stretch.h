#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Another tempo, at the same pitch.
struct TimeStretchConfig {
  double min_rate = 0.8, max_rate = 1.25;  ///< uniform between them; > 1 is faster
};
void bind(configs::Binder& b, TimeStretchConfig& c);

}  // namespace melomine::datasets
