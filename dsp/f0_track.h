#pragma once

#include <vector>

namespace melomine::dsp {

/// A fundamental frequency contour; frame t is centred on t * hop_s.
struct F0Track {
  double hop_s = 0.01;
  std::vector<float> f0_hz;        ///< 0 where unvoiced
  std::vector<float> probability;  ///< of being voiced, 0..1
};

}  // namespace melomine::dsp
