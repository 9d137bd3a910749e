#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Rests that are sung through.
struct FillRestsConfig {
  double longest_s = 1;  ///< longer rests stay
};
void bind(configs::Binder& b, FillRestsConfig& c);

/// Rests between sung frames take the pitch before them and are voiced; those at the two ends stay.
void distort(CentredContour& centred, const FillRestsConfig& config, RandomStream& random);

}  // namespace melomine::melody
