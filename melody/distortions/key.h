#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Another key.
struct KeyConfig {
  double semitones = 6;  ///< pitch moves by up to this, either way, continuously
};
void bind(configs::Binder& b, KeyConfig& c);

/// All sung frames move by one interval.
void distort(CentredContour& centred, const KeyConfig& config, RandomStream& random);

}  // namespace melomine::melody
