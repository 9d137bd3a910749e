#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace melomine::losses {

/// Unit rows [rows, columns], float64; seeds torch's own stream.
inline torch::Tensor random_rows(int64_t rows, int64_t columns, uint64_t seed = 1) {
  torch::manual_seed(seed);
  return torch::nn::functional::normalize(torch::randn({rows, columns}, torch::kFloat64));
}

inline torch::Tensor labels(const std::vector<int64_t>& values) {
  return torch::tensor(values, torch::kInt64);
}

}  // namespace melomine::losses
