#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Another pitch, at the same tempo.
struct PitchShiftConfig {
  double semitones = 4;         ///< uniform in [-x, x] about the middle, continuous
  double middle_semitones = 0;  ///< of the shifts; e.g. -0.25 with 3.25: from -3.5 to 3
};
void bind(configs::Binder& b, PitchShiftConfig& c);

}  // namespace melomine::datasets
