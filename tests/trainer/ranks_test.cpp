#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/random.h"
#include "distributed/process_group.h"
#include "losses/domain_adversarial.h"
#include "models/checkpoint.h"
#include "models/resnet.h"
#include "tests/support/rank_threads.h"
#include "trainer/train_step.h"

namespace melomine::trainer {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using Group = std::shared_ptr<distributed::ProcessGroup>;

constexpr int64_t kBins = 36, kFrames = 32, kClips = 8, kDim = 16;

/// Noise with a stripe for each of four groups; of a block of rows, its images alone.
datasets::Batch striped_batch(int64_t step, distributed::RowBlock block) {
  datasets::Batch batch;
  batch.step = step;
  batch.size = kClips;
  batch.bins = kBins;
  batch.frames = kFrames;
  batch.rows = {block.first, block.end};
  RandomStream random({9, static_cast<uint64_t>(step)});
  for (int64_t i = 0; i < kClips; ++i) {
    const int64_t group = i / 2;
    batch.groups.push_back(group);
    batch.songs.push_back(group);
    // The domain of others is not known to a rank.
    batch.domains.push_back(batch.rows.holds(i) ? i % 2 : 0);
    batch.recordings.push_back(i);
    for (int64_t f = 0; f < kBins; ++f)
      for (int64_t t = 0; t < kFrames; ++t) {
        const double value = (f / 9 == group ? 0.8 : 0.1) + 0.4 * random.uniform();
        if (batch.rows.holds(i)) batch.features.push_back(static_cast<float>(value));
      }
    for (int64_t other = 0; other < kClips; ++other) batch.same_melody.push_back(other / 2 == group);
  }
  return batch;
}

std::unique_ptr<Learner> make_learner(RankNorms norms, const Group& group) {
  models::EncoderConfig encoder;
  encoder.network.settings<models::ResNetConfig>().width = 4;
  encoder.shape.embedding_dim = kDim;
  losses::LossConfig contrastive, domains;
  domains.loss = configs::Choice<losses::LossKind>("domain_adversarial");  // has parameters of its own
  TrainConfig config;
  config.optimizer.learning_rate = 1e-3;
  config.ranks.batch_norm = norms;
  return std::make_unique<Learner>(
      models::make_encoder(encoder, 5),
      std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>{contrastive, domains},
                                               losses::LossContext{kDim, 4, 2, 5}),
      config, 3, group);
}

struct Trained {
  std::vector<double> losses;
  models::TensorMap state;
};

Trained train_alone(int64_t steps) {
  const auto learner = make_learner(RankNorms::kPerRank, nullptr);
  Trained trained;
  for (int64_t step = 0; step < steps; ++step)
    trained.losses.push_back(learner->step(striped_batch(step, {0, kClips}), 1).loss);
  trained.state = learner->state();
  return trained;
}

std::vector<Trained> train_by_ranks(int size, int64_t steps, RankNorms norms) {
  std::vector<Trained> trained(static_cast<size_t>(size));
  const auto errors = testing::as_ranks(size, [&](const Group& group) {
    const auto learner = make_learner(norms, group);
    Trained& own = trained[static_cast<size_t>(group->rank())];
    for (int64_t step = 0; step < steps; ++step)
      own.losses.push_back(
          learner->step(striped_batch(step, distributed::block_of(kClips, group->rank(), size)), 1).loss);
    own.state = learner->state();
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

TEST(Ranks, WithSharedNormsTheyHaveTheLossesOfOneProcess) {
  constexpr int64_t kSteps = 30;
  const Trained alone = train_alone(kSteps);
  for (const int size : {2, 3}) {
    const auto ranks = train_by_ranks(size, kSteps, RankNorms::kSynchronised);
    for (const Trained& rank : ranks) {
      ASSERT_EQ(rank.losses.size(), alone.losses.size());
      for (size_t step = 0; step < rank.losses.size(); ++step)
        EXPECT_NEAR(rank.losses[step], alone.losses[step], 1e-5 * std::abs(alone.losses[step]) + 1e-5)
            << "step " << step << " of " << size << " ranks";
      EXPECT_TRUE(are_equal(rank.state, ranks[0].state, true));
    }
  }
  EXPECT_LT(alone.losses.back(), alone.losses.front()) << "something was learned";
}

TEST(Ranks, WithNormsOfTheirOwnAllHaveTheSameWeights) {
  const auto ranks = train_by_ranks(2, 6, RankNorms::kPerRank);
  EXPECT_TRUE(are_equal(ranks[0].state, ranks[1].state, false));
  EXPECT_FALSE(are_equal(ranks[0].state, ranks[1].state, true)) << "each saw its own rows";
}

TEST(Ranks, TheSameNumberGivesTheSameBytes) {
  const auto first = train_by_ranks(2, 6, RankNorms::kSynchronised);
  const auto second = train_by_ranks(2, 6, RankNorms::kSynchronised);
  EXPECT_TRUE(are_equal(first[0].state, second[0].state, true));
}

TEST(Ranks, AllHearThatOneWasAskedToStop) {
  const auto errors = testing::as_ranks(2, [&](const Group& group) {
    const auto learner = make_learner(RankNorms::kPerRank, group);
    const auto stop_requested_at = [&](int64_t step) {
      return learner->step(striped_batch(step, distributed::block_of(kClips, group->rank(), 2)), 1)
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
