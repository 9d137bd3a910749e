#include "trainer/adam_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/checkpoint.h"
#include "models/encoder.h"
#include "models/resnet.h"

namespace melomine::trainer {
namespace {

std::shared_ptr<models::Encoder> small_encoder() {
  return models::make_encoder(
      {.network = {"resnet18", models::ResNetConfig{.width = 16}}, .shape = {.embedding_dim = 8}}, 1);
}

void compute_gradients(models::Encoder& encoder, int step) {
  torch::manual_seed(100 + step);
  const auto x = torch::rand({6, 1, 32, 24});
  for (auto& parameter : encoder.parameters()) parameter.mutable_grad() = torch::Tensor();
  encoder.forward(x).select(1, step % 8).sum().backward();
}
TEST(AdamStep, DoesWhatLibtorchsStepDoes) {
  for (const double weight_decay : {0.0, 0.01}) {
    const auto options = torch::optim::AdamOptions(1e-2).weight_decay(weight_decay);
    const auto ours = small_encoder();
    const auto theirs = small_encoder();
    torch::optim::Adam our_adam(ours->parameters(), options), their_adam(theirs->parameters(), options);
    for (int step = 0; step < 4; ++step) {
      compute_gradients(*ours, step);
      const auto parameters = ours->parameters(), twins = theirs->parameters();
      for (size_t i = 0; i < twins.size(); ++i) twins[i].mutable_grad() = parameters[i].grad() * 0.25;
      adam_step(our_adam, 0.25);
      their_adam.step();
      for (size_t i = 0; i < twins.size(); ++i)
        EXPECT_TRUE(torch::allclose(parameters[i], twins[i], 1e-5, 1e-6)) << "parameter " << i;
    }
    const auto our_state = models::adam_state(our_adam, *ours),
               their_state = models::adam_state(their_adam, *theirs);
    ASSERT_EQ(our_state.size(), their_state.size());
    for (const auto& [name, tensor] : our_state) {
      const auto twin = their_state.at(name).to(torch::kFloat64);
      const double error = (tensor.to(torch::kFloat64) - twin).abs().max().item<double>();
      EXPECT_LE(error, 1e-5 * twin.abs().max().item<double>()) << name;  // of float32's 6e-8 an operation
    }
  }
}

TEST(AdamStep, FirstStepHasAClosedForm) {
  // After one step both moments, corrected, are g and g²: the weight moves by lr · g / (|g| + ε).
  auto weight = torch::tensor({1.0f, 2.0f, -3.0f}).requires_grad_();
  torch::optim::Adam adam({weight}, torch::optim::AdamOptions(0.1));
  weight.mutable_grad() = torch::tensor({4.0f, -0.5f, 0.0f});
  adam_step(adam);
  EXPECT_TRUE(torch::allclose(weight, torch::tensor({0.9f, 2.1f, -3.0f}), 0, 1e-6));
}

TEST(AdamStep, DoesNotDependOnThreadsOrLayout) {
  const int before = torch::get_num_threads();
  torch::manual_seed(3);
  const auto start = torch::randn({64, 32, 7, 9}), gradient = torch::randn({64, 32, 7, 9});
  std::vector<torch::Tensor> results;
  for (const int threads : {1, 3})
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
      torch::set_num_threads(threads);
      auto weight = start.clone().contiguous(format).requires_grad_();
      torch::optim::Adam adam({weight}, torch::optim::AdamOptions(0.1));
      weight.mutable_grad() = gradient.clone();
      for (int step = 0; step < 3; ++step) adam_step(adam);
      results.push_back(weight.detach());
    }
  torch::set_num_threads(before);
  for (const auto& result : results) EXPECT_TRUE(torch::equal(result, results[0]));
  EXPECT_FALSE(torch::equal(results[0], start));
}

TEST(AdamStep, OtherTypesFallBackToLibtorch) {
  auto weight = torch::ones({3}, torch::kFloat64).requires_grad_();
  auto twin = torch::ones({3}, torch::kFloat64).requires_grad_();
  torch::optim::Adam ours({weight}, {1e-2}), theirs({twin}, {1e-2});
  weight.mutable_grad() = torch::full({3}, 4.0, torch::kFloat64);
  twin.mutable_grad() = torch::full({3}, 2.0, torch::kFloat64);
  adam_step(ours, 0.5);
  theirs.step();
  EXPECT_TRUE(torch::equal(weight, twin));
}

TEST(AdamStep, ParametersWithoutGradientStay) {
  auto used = torch::ones({2}).requires_grad_(), unused = torch::ones({2}).requires_grad_();
  torch::optim::Adam adam({used, unused}, {1e-2});
  used.mutable_grad() = torch::ones({2});
  adam_step(adam);
  EXPECT_TRUE(torch::equal(unused, torch::ones({2})));
  EXPECT_EQ(adam.state().size(), 1u);
}

TEST(GradientNorm, IsOfAllGradientsTogether) {
  auto a = torch::zeros({2}).requires_grad_(), b = torch::zeros({1}, torch::kFloat64).requires_grad_();
  auto c = torch::zeros({5}).requires_grad_();
  a.mutable_grad() = torch::tensor({3.0f, 4.0f});
  b.mutable_grad() = torch::full({1}, 12.0, torch::kFloat64);
  EXPECT_DOUBLE_EQ(gradient_norm({a, b, c}), 13);
  const auto many = torch::zeros({100'001}).requires_grad_();
  many.mutable_grad() = torch::full({100'001}, 2.0f);
  EXPECT_DOUBLE_EQ(gradient_norm({many}), 2 * std::sqrt(100'001.0));
  a.mutable_grad()[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(gradient_norm({a, b})));
}

TEST(ClipScale, OnlyShortens) {
  EXPECT_EQ(clip_scale(4, 1), 0.25);
  EXPECT_EQ(clip_scale(0.5, 1), 1);
  EXPECT_EQ(clip_scale(4, 0), 1);
}

}  // namespace
}  // namespace melomine::trainer
