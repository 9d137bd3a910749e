#include "trainer/sgd.h"

#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "models/checkpoint.h"
#include "tests/support/temp_folder.h"
#include "trainer/train_config.h"

namespace melomine::trainer {
namespace {

/// Two weights, the second of which has no gradient at first.
struct Weights : torch::nn::Module {
  explicit Weights(int seed) {
    torch::manual_seed(seed);
    early = register_parameter("early", torch::randn({7, 5}));
    late = register_parameter("late", torch::randn({3}));
  }
  void set_gradients(int step) {
    torch::manual_seed(100 + step);
    early.mutable_grad() = torch::randn({7, 5});
    if (step >= 4) late.mutable_grad() = torch::randn({3});
  }
  torch::Tensor early, late;
};

std::vector<SgdConfig> settings() {
  return {{},
          {.weight_decay = 0.1},
          {.momentum = 0.9},
          {.momentum = 0.9, .weight_decay = 0.1},
          {.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}};
}

TEST(Sgd, DoesWhatLibtorchsDoes) {
  for (const SgdConfig& config : settings()) {
    Weights ours(1), theirs(1);
    Sgd sgd(config, ours.parameters());
    torch::optim::SGD reference(theirs.parameters(), torch::optim::SGDOptions(1e-2)
                                                         .momentum(config.momentum)
                                                         .nesterov(config.nesterov)
                                                         .weight_decay(config.weight_decay));
    for (int step = 0; step < 20; ++step) {
      ours.set_gradients(step);
      theirs.set_gradients(step);
      const double rate = step < 10 ? 1e-2 : 5e-3;
      for (auto& group : reference.param_groups()) group.options().set_lr(rate);
      sgd.step(rate, 1);
      reference.step();
    }
    EXPECT_TRUE(torch::equal(ours.early, theirs.early)) << config.momentum << config.nesterov;
    EXPECT_TRUE(torch::equal(ours.late, theirs.late)) << config.momentum << config.nesterov;
  }
}

TEST(Sgd, GoesOnExactlyFromACheckpoint) {
  const testing::TempFolder folder;
  for (const SgdConfig& config : settings())
    for (const int stop : {2, 9}) {
      Weights straight(1), first(1), resumed(2);
      Sgd whole(config, straight.parameters()), before(config, first.parameters());
      Sgd after(config, resumed.parameters());
      for (int step = 0; step < 20; ++step) {
        straight.set_gradients(step);
        whole.step(1e-2, 0.5);
        if (step == stop) {
          models::Checkpoint saved{models::with_prefix(models::module_state(first), "encoder."), {}};
          saved.tensors.merge(models::with_prefix(before.state(first), "sgd_encoder."));
          models::save_checkpoint(folder / "x", saved);
          const auto loaded = models::load_checkpoint(folder / "x").tensors;
          models::load_module_state(resumed, models::under_prefix(loaded, "encoder."), "x");
          after.load_state(resumed, models::under_prefix(loaded, "sgd_encoder."), "x");
        }
        Weights& now = step < stop ? first : resumed;
        now.set_gradients(step);
        (step < stop ? before : after).step(1e-2, 0.5);
      }
      EXPECT_TRUE(torch::equal(straight.early, resumed.early)) << config.momentum << " " << stop;
      EXPECT_TRUE(torch::equal(straight.late, resumed.late)) << config.momentum << " " << stop;
    }
}

TEST(Sgd, RemembersOnlyWhatTookAStepWithMomentum) {
  Weights weights(1);
  Sgd plain({}, weights.parameters()), heavy({.momentum = 0.9}, weights.parameters());
  weights.set_gradients(0);
  plain.step(1e-2, 1);
  heavy.step(1e-2, 1);
  EXPECT_TRUE(plain.state(weights).empty());
  const auto state = heavy.state(weights);
  ASSERT_EQ(state.size(), 1u);
  EXPECT_TRUE(torch::equal(state.at("early.momentum"), weights.early.grad()));
  heavy.load_state(weights, {}, "x");
  EXPECT_TRUE(heavy.state(weights).empty());
}

TEST(Sgd, RefusesAStateOfAnotherNetwork) {
  Weights weights(1);
  Sgd sgd({.momentum = 0.9}, weights.parameters());
  EXPECT_THROW(sgd.load_state(weights, {{"early.momentum", torch::zeros({2})}}, "x"), DataError);
  EXPECT_THROW(sgd.load_state(weights, {{"other.momentum", torch::zeros({7, 5})}}, "x"), DataError);
  EXPECT_TRUE(sgd.state(weights).empty());
}

TEST(Sgd, SettingsAreReadStrictly) {
  const auto config = configs::parse_config<OptimizerConfig>(
      "type: sgd\nlearning_rate: 0.01\nmomentum: 0.9\nnesterov: true\nweight_decay: 0.1\n", "o.yaml");
  EXPECT_TRUE(config.method.settings<SgdConfig>().nesterov);
  EXPECT_THROW(configs::parse_config<OptimizerConfig>("type: sgd\nnesterov: true\n", "o.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<OptimizerConfig>("type: sgd\nbeta1: 0.9\n", "o.yaml"), ConfigError);
  EXPECT_THROW(Sgd({.nesterov = true}, {}), ConfigError);
}

}  // namespace
}  // namespace melomine::trainer
