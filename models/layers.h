#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "core/random.h"

namespace melomine::models {

/// Layers whose weights come from a RandomStream, so that building a network neither reads nor moves
/// libtorch's global generator. Parameter names are those of torch.nn.

/// 2-D convolution without bias, weights He-normal over the outgoing connections (He et al. 2015, eq. 14):
/// sd = sqrt(2 / (out_channels · kernel²)). The weight is kept channels-last.
class Convolution : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in_channels, out_channels, kernel, stride = 1;
  };
  Convolution(const Shape& shape, RandomStream random);
  /// @param x  [B, in, F, T]; padded by kernel / 2 on all sides
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
  int64_t stride_, padding_;
};

/// Affine map, weight and bias uniform in ±1 / sqrt(in).
class Linear : public torch::nn::Module {
 public:
  Linear(int64_t in, int64_t out, RandomStream random);
  /// @param x  [B, in] @returns [B, out]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_, bias_;
};

}  // namespace melomine::models
