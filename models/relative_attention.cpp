#include "models/relative_attention.h"

#include <cmath>

namespace melomine::models {
namespace {

/// Spread of u and v before training.
constexpr double kBiasBound = 0.02;

/// From what each input gives each distance, [.., T, 2T - 1] by falling distance, to what it gives each
/// input,
/// [.., T, T]: row i shifted left by T - 1 - i. One padded column makes the rows of the flat memory do that.
torch::Tensor by_input(const torch::Tensor& by_distance) {
  const int64_t batch = by_distance.size(0), heads = by_distance.size(1), inputs = by_distance.size(2);
  const auto padded = torch::constant_pad_nd(by_distance, {1, 0}).view({batch, heads, 2 * inputs, inputs});
  return padded.slice(2, 1).reshape({batch, heads, inputs, 2 * inputs - 1}).slice(3, 0, inputs);
}

}  // namespace

torch::Tensor sinusoids(const PositionRange& range, int64_t width, const torch::Tensor& like) {
  const auto type = like.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto options = torch::TensorOptions().dtype(type).device(like.device());
  const auto places = torch::arange(range.count, options) * static_cast<double>(range.step) +
                      static_cast<double>(range.first);
  const auto rates =
      torch::exp(torch::arange(width / 2, options) * (-2 * std::log(10000.0) / static_cast<double>(width)));
  const auto angles = torch::outer(places, rates);
  return torch::stack({angles.sin(), angles.cos()}, 2).reshape({range.count, width});
}

torch::Tensor distance_sinusoids(int64_t inputs, int64_t width, const torch::Tensor& like) {
  return sinusoids({.first = inputs - 1, .count = 2 * inputs - 1, .step = -1}, width, like);
}

SelfAttention::SelfAttention(const Shape& shape, const RandomStream& random) : shape_(shape) {
  const auto map = [&](const char* name, uint64_t item) {
    return register_module(name, std::make_shared<Projection>(shape.width, shape.width, random.child(item)));
  };
  query_ = map("query", 0);
  key_ = map("key", 1);
  value_ = map("value", 2);
  output_ = map("output", 3);
  if (shape.positions == Positions::kAbsolute) return;
  position_ = map("position", 4);
  RandomStream biases = random.child(5);
  const int64_t head_width = shape.width / shape.heads;
  content_bias_ =
      register_parameter("content_bias", uniform_weight({shape.heads, head_width}, kBiasBound, biases));
  position_bias_ =
      register_parameter("position_bias", uniform_weight({shape.heads, head_width}, kBiasBound, biases));
}

/// [B, T, d] as [B, heads, T, d / heads].
torch::Tensor SelfAttention::in_heads(const torch::Tensor& x) const {
  return x.view({x.size(0), x.size(1), shape_.heads, -1}).transpose(1, 2);
}

torch::Tensor SelfAttention::scores(const torch::Tensor& x, const torch::Tensor& distances) {
  const double scale = 1 / std::sqrt(static_cast<double>(shape_.width / shape_.heads));
  const auto q = in_heads(query_->forward(x)), keys = in_heads(key_->forward(x)).transpose(2, 3);
  if (shape_.positions == Positions::kAbsolute) return torch::matmul(q, keys) * scale;
  const auto places = in_heads(position_->forward(distances).unsqueeze(0)).transpose(2, 3);
  const auto content = torch::matmul(q + content_bias_.unsqueeze(1), keys);
  return (content + by_input(torch::matmul(q + position_bias_.unsqueeze(1), places))) * scale;
}

torch::Tensor SelfAttention::forward(const torch::Tensor& x, const torch::Tensor& distances) {
  const auto weights = torch::softmax(scores(x, distances), -1);
  const auto heard = torch::matmul(weights, in_heads(value_->forward(x)));
  return output_->forward(heard.transpose(1, 2).reshape({x.size(0), x.size(1), shape_.width}));
}

}  // namespace melomine::models
