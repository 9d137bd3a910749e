#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace melomine::embedding {

/// Makes normal numbers: float32 [keys, count] on the device, mean 0, deviation 1. Equal keys give equal
/// rows.
using NormalNoise =
    std::function<torch::Tensor(const std::vector<uint64_t>& keys, int64_t count, torch::Device device)>;

/// Normal numbers without a generator's state: SplitMix64 (Steele, Lea and Flood 2014) of key and place, made
/// normal by Box and Muller. A value depends on its row's key and its place alone, whatever lies beside and
/// behind it; on another kind of device logarithms and sines may be rounded otherwise.
torch::Tensor counter_noise(const std::vector<uint64_t>& keys, int64_t count, torch::Device device);

}  // namespace melomine::embedding
