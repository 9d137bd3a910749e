#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Stretches of the melody that are hidden.
struct MaskConfig {
  int64_t stretches = 2;      ///< at most; from 1 on, each number as likely
  double max_length_s = 0.6;  ///< of one
};
void bind(configs::Binder& b, MaskConfig& c);

/// Stretches at random places become rests; they may overlap.
void distort(CentredContour& centred, const MaskConfig& config, RandomStream& random);

}  // namespace melomine::melody
