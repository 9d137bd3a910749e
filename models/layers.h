#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/random.h"

namespace melomine::models {

/// Layers whose weights come from a RandomStream, so that building a network neither reads nor moves
/// libtorch's global generator. Parameter names are those of torch.nn.

/// A module that only gathers others under a name ("layer1", "downsample", "features").
std::shared_ptr<torch::nn::Module> folder();

/// The images in channels-last order, as convolutions here want them. Those of one channel say so, too, where
/// `contiguous` would leave them as they are: both orders are one in memory, and libtorch would go on
/// channels-first up to the second convolution, with the slower pooling of that order.
/// @param x  [B, C, F, T]
torch::Tensor channels_last(const torch::Tensor& x);

/// 2-D convolution, weights He-normal over the outgoing connections (He et al. 2015, eq. 14):
/// sd = sqrt(2 · groups / (out_channels · kernel²)); the bias, where there is one, begins at 0. The weight is
/// kept channels-last.
class Convolution : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in_channels, out_channels, kernel, stride = 1;
    int64_t padding = -1;  ///< on all sides; -1: kernel / 2
    int64_t groups = 1;    ///< channels that see each other; in_channels: each by itself (depthwise)
    bool bias = false;
  };
  Convolution(const Shape& shape, RandomStream random);
  /// @param x  [B, in, F, T]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_, bias_;
  int64_t stride_, padding_, groups_;
  bool fills_blocks_;  ///< whether channels-last is safe with its numbers of channels
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

/// A convolution and the batch norm behind it, registered in a module under two names.
class NormedConvolution {
 public:
  struct Names {
    std::string convolution, norm;
  };
  NormedConvolution() = default;
  NormedConvolution(torch::nn::Module& owner, const Names& names, const Convolution::Shape& shape,
                    const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);
  explicit operator bool() const { return convolution_ != nullptr; }

 private:
  std::shared_ptr<Convolution> convolution_;
  torch::nn::BatchNorm2d norm_{nullptr};
};

/// Max-pooling of F and T without padding. Along an axis of fewer places than the window, all of them are one
/// window, so that no image is too small.
/// @param window  places in F and in T; the stride is the same unless given
torch::Tensor max_pool(const torch::Tensor& x, torch::IntArrayRef window, torch::IntArrayRef stride = {});

/// The mean of F and T over a grid of `bins` × `frames` windows that cover the image (torch.nn's adaptive
/// average pooling; the image itself where it has that size), as rows [B, C · bins · frames].
torch::Tensor grid_rows(const torch::Tensor& x, int64_t bins, int64_t frames);

}  // namespace melomine::models
