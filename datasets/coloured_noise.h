#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace melomine::datasets {

/// Gaussian noise whose power falls as 1 / f^colour between 20 Hz and a quarter of the sample rate (within
/// 1.5 dB), and more slowly above.
/// White noise (colour 0) has unit power; the power of the others is left as it falls out.
/// @param colour  in [0, 2]: 0 white, 1 pink, 2 brown
/// @throws ConfigError for a colour out of range
std::vector<float> coloured_noise(int64_t count, double colour, int sample_rate_hz, RandomStream& random);

}  // namespace melomine::datasets
