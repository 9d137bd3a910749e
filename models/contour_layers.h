#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "core/random.h"

namespace melomine::models {

/// Layers over sequences [B, C, L], their weights drawn as those of models/layers.h are. Parameter names are
/// those of torch.nn.

/// 1-D convolution without bias over a padded sequence, so that L stays; weights He-normal over the outgoing
/// connections.
class SequenceConvolution : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in_channels, out_channels, kernel;  ///< an odd kernel
  };
  SequenceConvolution(const Shape& shape, RandomStream random);
  /// @param x  [B, in, L] @returns [B, out, L]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
  int64_t padding_;
};

/// Convolution, batch norm, ReLU, and max-pooling of two frames.
class SequenceBlock : public torch::nn::Module {
 public:
  SequenceBlock(const SequenceConvolution::Shape& shape, const RandomStream& random);
  /// @param x  [B, in, L], L >= 2 @returns [B, out, L / 2]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<SequenceConvolution> conv_;
  torch::nn::BatchNorm1d norm_{nullptr};
};

/// Gated recurrent unit of one layer and one direction (Cho et al. 2014, as torch.nn.GRU has it).
class GatedRecurrence : public torch::nn::Module {
 public:
  GatedRecurrence(int64_t in, int64_t hidden, const RandomStream& random);
  /// @param x  [B, in, L] @returns [B, hidden], the state after the last frame
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_ih_, weight_hh_, bias_ih_, bias_hh_;
  int64_t hidden_;
};

}  // namespace melomine::models
