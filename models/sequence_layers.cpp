#include "models/sequence_layers.h"

#include <cmath>

namespace melomine::models {
namespace {

double bound_of(int64_t inputs) {
  return 1 / std::sqrt(static_cast<double>(inputs));
}

}  // namespace

torch::Tensor uniform_weight(torch::IntArrayRef shape, double bound, RandomStream& random) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(random.uniform(-bound, bound));
  return tensor;
}

AxisConvolution::AxisConvolution(const Shape& shape, RandomStream random) : shape_(shape) {
  const double bound = bound_of(shape.in_channels * shape.kernel_f * shape.kernel_t);
  weight_ = register_parameter(
      "weight",
      uniform_weight({shape.out_channels, shape.in_channels, shape.kernel_f, shape.kernel_t}, bound, random));
  if (shape.bias) bias_ = register_parameter("bias", uniform_weight({shape.out_channels}, bound, random));
}

torch::Tensor AxisConvolution::forward(const torch::Tensor& x) {
  const int64_t f = shape_.kernel_f, t = shape_.kernel_t;
  if (f % 2 == 1 && t % 2 == 1)
    return torch::conv2d(x, weight_, bias_, shape_.stride, torch::IntArrayRef{f / 2, t / 2});
  return torch::conv2d(torch::constant_pad_nd(x, {(t - 1) / 2, t / 2, (f - 1) / 2, f / 2}), weight_, bias_,
                       shape_.stride);
}

DepthwiseConvolution::DepthwiseConvolution(int64_t channels, int64_t kernel, RandomStream random) {
  weight_ = register_parameter("weight", uniform_weight({channels, 1, kernel}, bound_of(kernel), random));
}

torch::Tensor DepthwiseConvolution::forward(const torch::Tensor& x) {
  return torch::conv1d(x, weight_, /*bias=*/{}, /*stride=*/1, /*padding=*/weight_.size(2) / 2, /*dilation=*/1,
                       /*groups=*/weight_.size(0));
}

Projection::Projection(int64_t in, int64_t out, RandomStream random) {
  weight_ = register_parameter("weight", uniform_weight({out, in}, bound_of(in), random));
}

torch::Tensor Projection::forward(const torch::Tensor& x) {
  return torch::linear(x, weight_);
}

}  // namespace melomine::models
