#include "models/layers.h"

#include <cmath>

namespace melomine::models {
namespace {

template <class Draw>
torch::Tensor filled(torch::IntArrayRef shape, Draw draw) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(draw());
  return tensor;
}

}  // namespace

Convolution::Convolution(const Shape& shape, RandomStream random)
    : stride_(shape.stride), padding_(shape.kernel / 2) {
  const double sd = std::sqrt(2.0 / static_cast<double>(shape.out_channels * shape.kernel * shape.kernel));
  const auto weight = filled({shape.out_channels, shape.in_channels, shape.kernel, shape.kernel},
                             [&] { return random.normal(0, sd); });
  weight_ = register_parameter("weight", weight.contiguous(torch::MemoryFormat::ChannelsLast));
}

torch::Tensor Convolution::forward(const torch::Tensor& x) {
  return torch::conv2d(x, weight_, /*bias=*/{}, stride_, padding_);
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

}  // namespace melomine::models
