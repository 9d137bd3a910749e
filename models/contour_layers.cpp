#include "models/contour_layers.h"

#include <cmath>

#include "models/batch_norm.h"
#include "models/sequence_layers.h"

namespace melomine::models {
namespace {

torch::Tensor normal_weights(torch::IntArrayRef shape, double sd, RandomStream random) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(random.normal(0, sd));
  return tensor;
}

torch::Tensor drawn(torch::IntArrayRef shape, double bound, RandomStream random) {
  return uniform_weight(shape, bound, random);
}

}  // namespace

SequenceConvolution::SequenceConvolution(const Shape& shape, RandomStream random)
    : padding_(shape.kernel / 2) {
  const double sd = std::sqrt(2.0 / static_cast<double>(shape.out_channels * shape.kernel));
  weight_ = register_parameter(
      "weight", normal_weights({shape.out_channels, shape.in_channels, shape.kernel}, sd, random));
}

torch::Tensor SequenceConvolution::forward(const torch::Tensor& x) {
  return torch::conv1d(x, weight_, /*bias=*/{}, /*stride=*/1, padding_);
}

SequenceBlock::SequenceBlock(const SequenceConvolution::Shape& shape, const RandomStream& random) {
  conv_ = register_module("conv", std::make_shared<SequenceConvolution>(shape, random.child(0)));
  norm_ = register_module("norm", torch::nn::BatchNorm1d(shape.out_channels));
}

torch::Tensor SequenceBlock::forward(const torch::Tensor& x) {
  return torch::max_pool1d(batch_norm(*norm_, conv_->forward(x)).relu_(), /*kernel_size=*/2);
}

GatedRecurrence::GatedRecurrence(int64_t in, int64_t hidden, const RandomStream& random) : hidden_(hidden) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  weight_ih_ = register_parameter("weight_ih_l0", drawn({3 * hidden, in}, bound, random.child(0)));
  weight_hh_ = register_parameter("weight_hh_l0", drawn({3 * hidden, hidden}, bound, random.child(1)));
  bias_ih_ = register_parameter("bias_ih_l0", drawn({3 * hidden}, bound, random.child(2)));
  bias_hh_ = register_parameter("bias_hh_l0", drawn({3 * hidden}, bound, random.child(3)));
}

torch::Tensor GatedRecurrence::forward(const torch::Tensor& x) {
  const auto frames = x.transpose(1, 2);  // [B, L, in]
  const auto start = torch::zeros({1, x.size(0), hidden_}, x.options());
  const auto [outputs, last] =
      torch::gru(frames, start, {weight_ih_, weight_hh_, bias_ih_, bias_hh_}, /*has_biases=*/true,
                 /*num_layers=*/1, /*dropout=*/0.0, is_training(), /*bidirectional=*/false,
                 /*batch_first=*/true);
  return last.squeeze(0);
}

}  // namespace melomine::models
