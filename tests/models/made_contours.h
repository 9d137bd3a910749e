#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "core/random.h"

namespace melomine::testing {

/// Contours [count, 1, 2, frames] with rests, from a stream of their own.
/// @param beginnings  share of the sung frames in which a note begins: their voicing is 2
inline torch::Tensor contours(int64_t count, int64_t frames, uint64_t seed, double beginnings = 0) {
  RandomStream random({seed});
  auto x = torch::zeros({count, 1, 2, frames});
  auto a = x.accessor<float, 4>();
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t t = 0; t < frames; ++t) {
      if (random.chance(0.2)) continue;
      a[i][0][0][t] = static_cast<float>(random.normal());
      a[i][0][1][t] = beginnings > 0 && random.chance(beginnings) ? 2 : 1;
    }
  }
  return x;
}

}  // namespace melomine::testing
