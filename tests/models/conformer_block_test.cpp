#include "models/conformer_block.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/checkpoint.h"

namespace melomine::models {
namespace {

constexpr LayerShape kShape = {.width = 6, .feed_forward = 10, .heads = 2, .kernel = 5, .dropout = 0.1};

template <class Module>
std::shared_ptr<Module> evaluated(const std::shared_ptr<Module>& module) {
  module->to(torch::kFloat64);
  torch::manual_seed(4);
  torch::NoGradGuard no_grad;
  for (auto& buffer : module->buffers())
    if (buffer.is_floating_point()) buffer.uniform_(0.5, 1.5);
  for (auto& item : module->named_parameters())  // those that begin as 1 and 0
    if (item.key().find("norm") != std::string::npos) item.value().uniform_(-1, 1);
  module->eval();
  return module;
}

torch::Tensor steps(int64_t batch, int64_t count) {
  torch::manual_seed(8);
  return torch::randn({batch, count, kShape.width}, torch::kFloat64);
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

double cell(const torch::Tensor& t, int64_t i, int64_t j) {
  return t[i][j].item<double>();
}

/// [steps, out] of x [steps, in] by the weight and bias under a name, by loops.
torch::Tensor affine(const torch::Tensor& x, const TensorMap& w, const std::string& name) {
  const auto& weight = w.at(name + ".weight");
  auto y = torch::zeros({x.size(0), weight.size(0)}, torch::kFloat64);
  for (int64_t t = 0; t < x.size(0); ++t)
    for (int64_t o = 0; o < weight.size(0); ++o) {
      double sum = w.at(name + ".bias")[o].item<double>();
      for (int64_t i = 0; i < weight.size(1); ++i) sum += cell(weight, o, i) * cell(x, t, i);
      y[t][o] = sum;
    }
  return y;
}

TEST(ConvolutionModule, IsTheStepsOfThePaper) {
  const auto module = evaluated(std::make_shared<ConvolutionModule>(kShape, RandomStream({5})));
  torch::NoGradGuard no_grad;
  const TensorMap w = module_state(*module);
  const int64_t count = 7, d = kShape.width;
  const auto x = steps(2, count);
  const auto y = module->forward(x);
  for (int64_t b = 0; b < 2; ++b) {
    const auto wide = affine(x[b], w, "pointwise1");
    auto inner = torch::zeros({count, d}, torch::kFloat64);
    for (int64_t c = 0; c < d; ++c)
      for (int64_t t = 0; t < count; ++t) {
        double sum = 0;
        for (int64_t k = 0; k < kShape.kernel; ++k) {
          const int64_t s = t + k - kShape.kernel / 2;
          if (s < 0 || s >= count) continue;
          sum += w.at("depthwise.weight")[c][0][k].item<double>() * cell(wide, s, c) *
                 sigmoid(cell(wide, s, d + c));
        }
        const auto of_norm = [&](const char* name) {
          return w.at(std::string("batch_norm.") + name)[c].item<double>();
        };
        const double norm =
            (sum - of_norm("running_mean")) / std::sqrt(of_norm("running_var") + 1e-5) * of_norm("weight") +
            of_norm("bias");
        inner[t][c] = norm * sigmoid(norm);
      }
    const auto expected = affine(inner, w, "pointwise2");
    EXPECT_LT((y[b] - expected).abs().max().item<double>(), 1e-12);
  }
}

TEST(FeedForward, IsTwoMapsAroundAnActivation) {
  for (const auto activation : {FeedForward::Activation::kSwish, FeedForward::Activation::kRelu}) {
    const auto module = evaluated(std::make_shared<FeedForward>(kShape, activation, RandomStream({5})));
    torch::NoGradGuard no_grad;
    const TensorMap w = module_state(*module);
    const auto x = steps(1, 3);
    auto inner = affine(x[0], w, "linear1");
    for (int64_t t = 0; t < 3; ++t)
      for (int64_t i = 0; i < kShape.feed_forward; ++i) {
        const double value = cell(inner, t, i);
        inner[t][i] =
            activation == FeedForward::Activation::kSwish ? value * sigmoid(value) : std::max(0.0, value);
      }
    EXPECT_LT((module->forward(x)[0] - affine(inner, w, "linear2")).abs().max().item<double>(), 1e-12);
  }
}

/// Layer norm of each step, from its definition.
torch::Tensor normed(const torch::Tensor& x, const TensorMap& w, const std::string& name) {
  const auto centred = x - x.mean(-1, true);
  return centred / (centred.square().mean(-1, true) + 1e-5).sqrt() * w.at(name + ".weight") +
         w.at(name + ".bias");
}

template <class Part>
torch::Tensor through(SequenceLayer& layer, const char* name, const torch::Tensor& x) {
  return layer.named_children()[name]->as<Part>()->forward(x);
}

TEST(ConformerBlock, HalfStepsSurroundAttentionAndConvolution) {
  const auto layer = evaluated(std::make_shared<ConformerBlock>(kShape, RandomStream({5})));
  torch::NoGradGuard no_grad;
  const TensorMap w = module_state(*layer);
  const auto x = steps(2, 9);
  const auto distances = distance_sinusoids(9, kShape.width, x);
  auto y = x + 0.5 * through<FeedForward>(*layer, "ffn1", normed(x, w, "norm_ffn1"));
  y = y + layer->named_children()["attention"]->as<SelfAttention>()->forward(normed(y, w, "norm_attention"),
                                                                             distances);
  y = y + through<ConvolutionModule>(*layer, "convolution", normed(y, w, "norm_convolution"));
  y = y + 0.5 * through<FeedForward>(*layer, "ffn2", normed(y, w, "norm_ffn2"));
  EXPECT_LT((layer->forward(x, distances) - normed(y, w, "norm")).abs().max().item<double>(), 1e-12);
}

TEST(TransformerBlock, NormsWhatIsAdded) {
  LayerShape shape = kShape;
  shape.positions = Positions::kAbsolute;
  const auto layer = evaluated(std::make_shared<TransformerBlock>(shape, RandomStream({5})));
  torch::NoGradGuard no_grad;
  const TensorMap w = module_state(*layer);
  const auto x = steps(2, 9);
  const auto heard = layer->named_children()["attention"]->as<SelfAttention>()->forward(x, {});
  const auto y = normed(x + heard, w, "norm_attention");
  const auto expected = normed(y + through<FeedForward>(*layer, "ffn", y), w, "norm_ffn");
  EXPECT_LT((layer->forward(x, {}) - expected).abs().max().item<double>(), 1e-12);
}

TEST(AxisConvolution, EvenKernelsLookOneFurtherAhead) {
  AxisConvolution convolution({1, 1, /*kernel_f=*/4, /*kernel_t=*/1}, RandomStream({1}));
  torch::NoGradGuard no_grad;
  module_state(convolution)
      .at("weight")
      .copy_(torch::tensor({1.0, 10.0, 100.0, 1000.0}).reshape({1, 1, 4, 1}));
  module_state(convolution).at("bias").fill_(0.5);
  const auto y = convolution.forward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F}).reshape({1, 1, 5, 1}));
  const auto expected = torch::tensor({3210.5F, 4321.5F, 5432.5F, 543.5F, 54.5F});
  EXPECT_TRUE(torch::allclose(y.flatten(), expected)) << y.flatten();
}

}  // namespace
}  // namespace melomine::models
