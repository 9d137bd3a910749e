#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "trainer/adamw.h"
#include "trainer/train_config.h"

namespace melomine::trainer {
namespace {

/// A module of one weight, so that states have names.
struct Weight : torch::nn::Module {
  explicit Weight(int seed) {
    torch::manual_seed(seed);
    weight = register_parameter("weight", torch::randn({7, 5}));
  }
  torch::Tensor weight;
};

void set_gradient(Weight& module, int step) {
  torch::manual_seed(100 + step);
  module.weight.mutable_grad() = torch::randn({7, 5});
}

TEST(Optimizer, AdamWDoesWhatLibtorchsDoes) {
  Weight ours(1), theirs(1);
  AdamW adamw({.weight_decay = 0.1}, ours.parameters());
  torch::optim::AdamW reference(theirs.parameters(), torch::optim::AdamWOptions(1e-2).weight_decay(0.1));
  for (int step = 0; step < 20; ++step) {
    set_gradient(ours, step);
    set_gradient(theirs, step);
    adamw.step(1e-2, 1);
    reference.step();
  }
  EXPECT_LT((ours.weight - theirs.weight).abs().max().item<double>(), 1e-6);
}

TEST(Optimizer, WeightDecayApartFromTheGradientIsAnother) {
  Weight apart(1), penalty(1);
  AdamW adamw({.weight_decay = 0.1}, apart.parameters());
  Adam adam({.weight_decay = 0.1}, penalty.parameters());
  for (int step = 0; step < 3; ++step) {
    set_gradient(apart, step);
    set_gradient(penalty, step);
    adamw.step(1e-2, 1);
    adam.step(1e-2, 1);
  }
  EXPECT_GT((apart.weight - penalty.weight).abs().max().item<double>(), 1e-4);
}

/// Every optimizer of the catalogue goes on exactly from its saved state.
TEST(Optimizer, EachGoesOnFromItsState) {
  for (const std::string& type : OptimizerKind::catalogue().names()) {
    const configs::Choice<OptimizerKind> kind(type);
    Weight straight(2), first(2), resumed(3);
    auto whole = kind->make(straight.parameters()), before = kind->make(first.parameters());
    auto after = kind->make(resumed.parameters());
    for (int step = 0; step < 6; ++step) {
      set_gradient(straight, step);
      whole->step(1e-2, 0.5);
      if (step == 3) {
        torch::NoGradGuard no_grad;
        resumed.weight.copy_(first.weight);
        after->load_state(resumed, before->state(first), "test");
      }
      Weight& now = step < 3 ? first : resumed;
      set_gradient(now, step);
      (step < 3 ? before : after)->step(1e-2, 0.5);
    }
    EXPECT_TRUE(torch::equal(straight.weight, resumed.weight)) << type;
  }
}

TEST(OptimizerConfig, IsReadAsOlderVersionsWroteIt) {
  const auto config = configs::parse_config<OptimizerConfig>(
      "learning_rate: 0.01\nbeta1: 0.8\nbeta2: 0.99\nepsilon: 1.0e-08\nweight_decay: 0.5\n", "old.yaml");
  EXPECT_EQ(config.method.type(), "adam");
  EXPECT_EQ(config.method.settings<AdamConfig>().weight_decay, 0.5);
  EXPECT_THROW(configs::parse_config<OptimizerConfig>("type: lion\n", "new.yaml"), ConfigError);
}

}  // namespace
}  // namespace melomine::trainer
