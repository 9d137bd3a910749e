#include "models/conformer_block.h"

#include "models/batch_norm.h"

namespace melomine::models {
namespace {

torch::nn::LayerNorm layer_norm(int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}));
}

SelfAttention::Shape attention_shape(const LayerShape& shape) {
  return {.width = shape.width, .heads = shape.heads, .positions = shape.positions};
}

}  // namespace

FeedForward::FeedForward(const LayerShape& shape, Activation activation, const RandomStream& random)
    : activation_(activation), dropout_(shape.dropout) {
  linear1_ =
      register_module("linear1", std::make_shared<Linear>(shape.width, shape.feed_forward, random.child(0)));
  linear2_ =
      register_module("linear2", std::make_shared<Linear>(shape.feed_forward, shape.width, random.child(1)));
}

torch::Tensor FeedForward::forward(const torch::Tensor& x) {
  auto y = linear1_->forward(x);
  y = activation_ == Activation::kSwish ? torch::silu(y) : torch::relu(y);
  y = linear2_->forward(torch::dropout(y, dropout_, is_training()));
  return torch::dropout(y, dropout_, is_training());
}

ConvolutionModule::ConvolutionModule(const LayerShape& shape, const RandomStream& random)
    : dropout_(shape.dropout) {
  pointwise1_ =
      register_module("pointwise1", std::make_shared<Linear>(shape.width, 2 * shape.width, random.child(0)));
  depthwise_ = register_module(
      "depthwise", std::make_shared<DepthwiseConvolution>(shape.width, shape.kernel, random.child(1)));
  batch_norm_ = register_module("batch_norm", torch::nn::BatchNorm1d(shape.width));
  pointwise2_ =
      register_module("pointwise2", std::make_shared<Linear>(shape.width, shape.width, random.child(2)));
}

torch::Tensor ConvolutionModule::forward(const torch::Tensor& x) {
  auto y = torch::glu(pointwise1_->forward(x), -1).transpose(1, 2);
  y = torch::silu(batch_norm(*batch_norm_, depthwise_->forward(y))).transpose(1, 2);
  return torch::dropout(pointwise2_->forward(y), dropout_, is_training());
}

ConformerBlock::ConformerBlock(const LayerShape& shape, const RandomStream& random)
    : dropout_(shape.dropout) {
  using Activation = FeedForward::Activation;
  norm_ffn1_ = register_module("norm_ffn1", layer_norm(shape.width));
  ffn1_ = register_module("ffn1", std::make_shared<FeedForward>(shape, Activation::kSwish, random.child(0)));
  norm_attention_ = register_module("norm_attention", layer_norm(shape.width));
  attention_ =
      register_module("attention", std::make_shared<SelfAttention>(attention_shape(shape), random.child(1)));
  norm_convolution_ = register_module("norm_convolution", layer_norm(shape.width));
  convolution_ = register_module("convolution", std::make_shared<ConvolutionModule>(shape, random.child(2)));
  norm_ffn2_ = register_module("norm_ffn2", layer_norm(shape.width));
  ffn2_ = register_module("ffn2", std::make_shared<FeedForward>(shape, Activation::kSwish, random.child(3)));
  norm_ = register_module("norm", layer_norm(shape.width));
}

torch::Tensor ConformerBlock::forward(const torch::Tensor& x, const torch::Tensor& distances) {
  auto y = x + 0.5 * ffn1_->forward(norm_ffn1_->forward(x));
  y = y +
      torch::dropout(attention_->forward(norm_attention_->forward(y), distances), dropout_, is_training());
  y = y + convolution_->forward(norm_convolution_->forward(y));
  y = y + 0.5 * ffn2_->forward(norm_ffn2_->forward(y));
  return norm_->forward(y);
}

TransformerBlock::TransformerBlock(const LayerShape& shape, const RandomStream& random)
    : dropout_(shape.dropout) {
  attention_ =
      register_module("attention", std::make_shared<SelfAttention>(attention_shape(shape), random.child(0)));
  norm_attention_ = register_module("norm_attention", layer_norm(shape.width));
  ffn_ = register_module(
      "ffn", std::make_shared<FeedForward>(shape, FeedForward::Activation::kRelu, random.child(1)));
  norm_ffn_ = register_module("norm_ffn", layer_norm(shape.width));
}

torch::Tensor TransformerBlock::forward(const torch::Tensor& x, const torch::Tensor& distances) {
  const auto heard = torch::dropout(attention_->forward(x, distances), dropout_, is_training());
  const auto y = norm_attention_->forward(x + heard);
  return norm_ffn_->forward(y + ffn_->forward(y));
}

}  // namespace melomine::models
