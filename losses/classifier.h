#pragma once

#include <torch/torch.h>

#include "core/random.h"

namespace melomine::losses {

/// Weights [rows, columns] uniform in ±1 / sqrt(columns), drawn from `random` alone.
torch::Tensor classifier_weight(int64_t rows, int64_t columns, RandomStream random);

/// Focal loss (Lin et al. 2017, eq. 5): the mean over rows of -α (1 - p_t)^γ log p_t, where p is the softmax
/// of the row and t its target. γ = 0, α = 1 is cross entropy.
/// @param logits   [B, K]
/// @param targets  [B] int64 in 0 … K - 1
torch::Tensor focal_cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets, double gamma,
                                  double alpha);

}  // namespace melomine::losses
