#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Single frames that the tracker takes for unvoiced.
struct DropOutConfig {
  double max_share = 0.2;  ///< of the frames; the share is drawn up to this
};
void bind(configs::Binder& b, DropOutConfig& c);

/// Each frame is lost by the same chance; the others stay.
void distort(CentredContour& centred, const DropOutConfig& config, RandomStream& random);

}  // namespace melomine::melody
