#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "core/cancellation.h"
#include "core/error.h"
#include "distributed/process_group.h"
#include "losses/domain_adversarial.h"
#include "losses/nt_xent.h"
#include "models/checkpoint.h"
#include "models/conformer.h"
#include "models/resnet.h"
#include "tests/support/rank_threads.h"
#include "tests/trainer/striped_batch.h"
#include "trainer/train_step.h"

namespace melomine::trainer {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using Group = std::shared_ptr<distributed::ProcessGroup>;

constexpr int64_t kDim = 16;

datasets::Batch noisy_batch(int64_t step, distributed::RowBlock block) {
  return striped_batch(step, {block.first, block.end}, 0.4);
}

/// A network with kinks, and one without: where rounding opens a ReLU or closes it, a gradient makes a jump.
enum class Network { kResNet, kSmooth };

models::EncoderConfig encoder_of(Network network) {
  models::EncoderConfig encoder;
  encoder.shape.embedding_dim = kDim;
  if (network == Network::kResNet) {
    encoder.network.settings<models::ResNetConfig>().width = 4;
    return encoder;
  }
  const models::ConformerConfig conformer{.bins = kBins,
                                          .layers = 1,
                                          .d_model = 16,
                                          .feed_forward = 32,
                                          .heads = 2,
                                          .kernel = 7,
                                          .dropout = 0,
                                          .harmonic_blocks = false,
                                          .prelayer = false};
  encoder.network = {"conformer", conformer};
  return encoder;
}

std::unique_ptr<Learner> make_learner(Network network, RankNorms norms, const Group& group) {
  torch::set_num_threads(1);
  losses::LossConfig contrastive, domains;
  contrastive.loss.settings<losses::NtXentConfig>().temperature = 0.2;
  domains.loss = {"domain_adversarial",  // has parameters of its own
                  losses::DomainAdversarialConfig{.hidden_dim = network == Network::kSmooth ? 0 : 8}};
  TrainConfig config;
  config.optimizer.learning_rate = 1e-3;
  config.ranks.batch_norm = norms;
  return std::make_unique<Learner>(
      models::make_encoder(encoder_of(network), 5),
      std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>{contrastive, domains},
                                               losses::LossContext{kDim, 4, 2, 5}),
      config, 3, group);
}

struct Trained {
  std::vector<double> losses, gradient_norms;
  std::vector<models::TensorMap> before;  ///< the states that the steps began with
  models::TensorMap state;
};

models::TensorMap copied(models::TensorMap state) {
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  return state;
}

/// @param before  what each step begins with; empty: what the one before left
Trained train(Learner& learner, int64_t steps, const std::vector<models::TensorMap>& before = {}) {
  const distributed::ProcessGroup* group = learner.group();
  const auto rows =
      group ? distributed::block_of(kClips, group->rank(), group->size()) : distributed::RowBlock{0, kClips};
  Trained trained;
  for (int64_t step = 0; step < steps; ++step) {
    if (before.empty())
      trained.before.push_back(copied(learner.state()));
    else
      learner.load_state(before[static_cast<size_t>(step)], "a step of one process");
    const StepResult result = learner.step(noisy_batch(step, rows), 1);
    trained.losses.push_back(result.loss);
    trained.gradient_norms.push_back(result.gradient_norm);
  }
  trained.state = learner.state();
  return trained;
}

Trained train_alone(Network network, int64_t steps) {
  return train(*make_learner(network, RankNorms::kPerRank, nullptr), steps);
}

std::vector<Trained> train_by_ranks(int size, Network network, int64_t steps, RankNorms norms,
                                    const std::vector<models::TensorMap>& before = {}) {
  std::vector<Trained> trained(static_cast<size_t>(size));
  const auto errors = testing::as_ranks(size, [&](const Group& group) {
    trained[static_cast<size_t>(group->rank())] = train(*make_learner(network, norms, group), steps, before);
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
  return trained;
}

bool are_equal(const models::TensorMap& a, const models::TensorMap& b, bool with_running_statistics) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a)
    if (with_running_statistics || name.find("running_") == std::string::npos)
      if (!torch::equal(tensor, b.at(name))) return false;
  return true;
}

TEST(Ranks, OverTwoHundredStepsTheyHaveTheLossesOfOneProcess) {
  constexpr int64_t kSteps = 200;
  const Trained alone = train_alone(Network::kSmooth, kSteps);
  for (const int size : {2, 3}) {
    const auto ranks = train_by_ranks(size, Network::kSmooth, kSteps, RankNorms::kSynchronised);
    for (const Trained& rank : ranks) {
      ASSERT_EQ(rank.losses.size(), alone.losses.size());
      for (size_t step = 0; step < rank.losses.size(); ++step)
        ASSERT_NEAR(rank.losses[step], alone.losses[step], 1e-5 * std::max(1.0, std::abs(alone.losses[step])))
            << "step " << step << " of " << size << " ranks";
      EXPECT_TRUE(are_equal(rank.state, ranks[0].state, true));
    }
  }
  EXPECT_LT(alone.losses.back(), alone.losses.front() - 1) << "something was learned";
}

/// From the weights that one process had, for kinks part two trainings sooner or later.
TEST(Ranks, AStepHasTheLossAndTheGradientOfOneProcess) {
  constexpr int64_t kSteps = 20;
  const Trained alone = train_alone(Network::kResNet, kSteps);
  for (const int size : {2, 3})
    for (const Trained& rank :
         train_by_ranks(size, Network::kResNet, kSteps, RankNorms::kSynchronised, alone.before))
      for (size_t step = 0; step < rank.losses.size(); ++step) {
        EXPECT_NEAR(rank.losses[step], alone.losses[step], 1e-5 * std::max(1.0, std::abs(alone.losses[step])))
            << "step " << step << " of " << size << " ranks";
        EXPECT_NEAR(rank.gradient_norms[step], alone.gradient_norms[step], 2e-3 * alone.gradient_norms[step])
            << "step " << step << " of " << size << " ranks";
      }
}

TEST(Ranks, WithNormsOfTheirOwnAllHaveTheSameWeights) {
  const auto ranks = train_by_ranks(2, Network::kResNet, 6, RankNorms::kPerRank);
  EXPECT_TRUE(are_equal(ranks[0].state, ranks[1].state, false));
  EXPECT_FALSE(are_equal(ranks[0].state, ranks[1].state, true)) << "each saw its own rows";
}

TEST(Ranks, TheSameNumberGivesTheSameBytes) {
  const auto first = train_by_ranks(2, Network::kResNet, 6, RankNorms::kSynchronised);
  const auto second = train_by_ranks(2, Network::kResNet, 6, RankNorms::kSynchronised);
  EXPECT_TRUE(are_equal(first[0].state, second[0].state, true));
}

TEST(Ranks, AllHearThatOneWasAskedToStop) {
  const auto errors = testing::as_ranks(2, [&](const Group& group) {
    const auto learner = make_learner(Network::kResNet, RankNorms::kPerRank, group);
    const auto stop_requested_at = [&](int64_t step) {
      return learner->step(noisy_batch(step, distributed::block_of(kClips, group->rank(), 2)), 1)
          .stop_requested;
    };
    EXPECT_FALSE(stop_requested_at(0));
    group->first_alone([] { set_cancellation_requested(true); });
    EXPECT_TRUE(stop_requested_at(1));
  });
  set_cancellation_requested(false);
  EXPECT_THAT(errors, Each(IsEmpty()));
}

}  // namespace
}  // namespace melomine::trainer
