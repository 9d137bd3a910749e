#include "models/layers.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/batch_norm.h"

namespace melomine::models {
namespace {

template <class Draw>
torch::Tensor filled(torch::IntArrayRef shape, Draw draw) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(draw());
  return tensor;
}

/// Channels that oneDNN computes together. Some kernels (2.6) write behind channels-last gradients of fewer,
/// or of a number that it does not divide; other layouts are padded. Those of AVX2 take 8; of AVX-512 only
/// those of 1x1 convolutions with a stride do so, which take 16. Images of one channel have kernels of their
/// own, but for such convolutions.
bool fills_blocks(const Convolution::Shape& shape) {
  const bool strided_points = shape.kernel == 1 && shape.stride > 1;
  const int64_t block = strided_points ? 16 : 8;
  const bool single = shape.in_channels == 1 && !strided_points;
  return (single || shape.in_channels % block == 0) && shape.out_channels % block == 0;
}

/// With strides that say nothing else, where images of one channel could have others.
torch::Tensor channels_first(const torch::Tensor& x) {
  const auto dense = x.contiguous();
  const int64_t image = x.size(2) * x.size(3);
  return x.size(1) == 1 ? dense.as_strided(x.sizes(), {image, image, x.size(3), 1}) : dense;
}

}  // namespace

torch::Tensor channels_last(const torch::Tensor& x) {
  if (x.size(1) > 1) return x.contiguous(torch::MemoryFormat::ChannelsLast);
  return x.contiguous().as_strided(x.sizes(), {x.size(2) * x.size(3), 1, x.size(3), 1});
}

std::shared_ptr<torch::nn::Module> folder() {
  return std::make_shared<torch::nn::Module>();
}

Convolution::Convolution(const Shape& shape, RandomStream random)
    : stride_(shape.stride),
      padding_(shape.padding < 0 ? shape.kernel / 2 : shape.padding),
      groups_(shape.groups),
      fills_blocks_(fills_blocks(shape)) {
  const int64_t outgoing = shape.out_channels / shape.groups * shape.kernel * shape.kernel;
  const double sd = std::sqrt(2.0 / static_cast<double>(outgoing));
  const auto weight =
      filled({shape.out_channels, shape.in_channels / shape.groups, shape.kernel, shape.kernel},
             [&] { return random.normal(0, sd); });
  weight_ = register_parameter("weight", weight.contiguous(torch::MemoryFormat::ChannelsLast));
  if (shape.bias) bias_ = register_parameter("bias", torch::zeros({shape.out_channels}));
}

torch::Tensor Convolution::forward(const torch::Tensor& x) {
  if (!fills_blocks_ && x.is_cpu())
    return torch::conv2d(channels_first(x), weight_.contiguous(), bias_, stride_, padding_, /*dilation=*/1,
                         groups_);
  return torch::conv2d(x, weight_, bias_, stride_, padding_, /*dilation=*/1, groups_);
}

Linear::Linear(int64_t in, int64_t out, RandomStream random) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  const auto draw = [&] { return random.uniform(-bound, bound); };
  weight_ = register_parameter("weight", filled({out, in}, draw));
  bias_ = register_parameter("bias", filled({out}, draw));
}

torch::Tensor Linear::forward(const torch::Tensor& x) {
  return torch::linear(x, weight_, bias_);
}

NormedConvolution::NormedConvolution(torch::nn::Module& owner, const Names& names,
                                     const Convolution::Shape& shape, const RandomStream& random)
    : convolution_(owner.register_module(names.convolution, std::make_shared<Convolution>(shape, random))),
      norm_(owner.register_module(names.norm, torch::nn::BatchNorm2d(shape.out_channels))) {}

torch::Tensor NormedConvolution::forward(const torch::Tensor& x) {
  return batch_norm(*norm_, convolution_->forward(x));
}

torch::Tensor max_pool(const torch::Tensor& x, torch::IntArrayRef window, torch::IntArrayRef stride) {
  const std::vector<int64_t> kernel = {std::min(window[0], x.size(2)), std::min(window[1], x.size(3))};
  return torch::max_pool2d(x, kernel, stride.empty() ? window : stride);
}

torch::Tensor grid_rows(const torch::Tensor& x, int64_t bins, int64_t frames) {
  return torch::adaptive_avg_pool2d(x, {bins, frames}).flatten(1);
}

}  // namespace melomine::models
