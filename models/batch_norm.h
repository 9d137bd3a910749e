#pragma once

#include <torch/torch.h>

namespace melomine::distributed {
class ProcessGroup;
}

namespace melomine::models {

/// What torch.nn's batch norm makes of x. While a `SharedNorms` lives on this thread and the module trains,
/// its mean and variance are those of the rows of all ranks.
/// @param norm  a BatchNorm1d or BatchNorm2d
/// @param x     [B, C, ...]; on each rank its own rows
torch::Tensor batch_norm(torch::nn::BatchNorm1dImpl& norm, const torch::Tensor& x);
torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& norm, const torch::Tensor& x);

/// Batch norms that train on this thread take their statistics over all ranks of a group while it lives: they
/// see the whole batch as those of one process do, up to rounding. Forward and backward each ask the group
/// once a layer, in the same order on all ranks; gradients of weights are those of the own rows, as all
/// others are.
class SharedNorms {
 public:
  /// @param group  null: each rank its own, torch.nn's way; outlives it, and the graph made under it
  explicit SharedNorms(distributed::ProcessGroup* group);
  ~SharedNorms();
  SharedNorms(const SharedNorms&) = delete;
  SharedNorms& operator=(const SharedNorms&) = delete;

 private:
  distributed::ProcessGroup* before_;
};

}  // namespace melomine::models
