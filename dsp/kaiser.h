#pragma once

#include <algorithm>
#include <cmath>

namespace melomine::dsp {

/// The Kaiser window of shape β at a place from its middle, 0, to its ends, -1 and 1: I_0(β √(1 - place²)) /
/// I_0(β).
inline double kaiser(double place, double beta) {
  return std::cyl_bessel_i(0.0, beta * std::sqrt(std::max(0.0, 1 - place * place))) /
         std::cyl_bessel_i(0.0, beta);
}

}  // namespace melomine::dsp
