#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace melomine::models {

/// An encoder's input, [B, C, bins, frames] and uniform in [0, 1): the same ones of a shape each time, and
/// torch's own stream starts anew.
inline torch::Tensor windows(const std::vector<int64_t>& shape) {
  torch::manual_seed(5);
  return torch::rand(shape);
}

}  // namespace melomine::models
