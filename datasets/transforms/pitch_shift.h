#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Another pitch, at the same tempo.
struct PitchShiftConfig {
  double semitones = 4;  ///< uniform in [-x, x], continuous
};
void bind(configs::Binder& b, PitchShiftConfig& c);

}  // namespace melomine::datasets
