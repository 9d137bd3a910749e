#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "core/random.h"

namespace melomine::models {

/// Further layers whose weights come from a RandomStream (models/layers.h), uniform in ±1 / sqrt(inputs of
/// one output) as torch.nn draws them. Parameter names are those of torch.nn.

/// float32 numbers, uniform in ±bound.
torch::Tensor uniform_weight(torch::IntArrayRef shape, double bound, RandomStream& random);

/// 2-D convolution over rectangles, zero-padded so that at stride 1 the image keeps its size: by
/// (kernel - 1) / 2 before and kernel / 2 after. A kernel of 1 along an axis makes it a 1-D convolution along
/// the other one.
class AxisConvolution : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in_channels, out_channels, kernel_f, kernel_t, stride = 1;
    bool bias = true;
  };
  AxisConvolution(const Shape& shape, RandomStream random);
  /// @param x  [B, in, F, T] @returns [B, out, ceil(F / stride), ceil(T / stride)]; the first with odd
  /// kernels
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_, bias_;
  Shape shape_;
};

/// 1-D convolution along time of each channel by itself, without bias (batch norm follows), zero-padded so
/// that T stays.
class DepthwiseConvolution : public torch::nn::Module {
 public:
  /// @param kernel  odd
  DepthwiseConvolution(int64_t channels, int64_t kernel, RandomStream random);
  /// @param x  [B, channels, T]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
};

/// Linear map without bias.
class Projection : public torch::nn::Module {
 public:
  Projection(int64_t in, int64_t out, RandomStream random);
  /// @param x  [..., in] @returns [..., out]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
};

}  // namespace melomine::models
