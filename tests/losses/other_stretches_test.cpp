#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/error.h"
#include "losses/multi_similarity_miner.h"
#include "losses/weighted_losses.h"
#include "tests/losses/rows.h"

namespace melomine::losses {
namespace {

/// Groups 0, 1 and 2 are of one song: 0 and 1 may hold the same melody. Group 3 is of another song.
BatchLabels planted_batch() {
  const std::vector<int64_t> groups{0, 0, 1, 1, 2, 2, 3, 3}, songs{0, 0, 0, 0, 0, 0, 1, 1};
  BatchLabels batch{.groups = labels(groups), .songs = labels(songs)};
  const auto melody = labels({0, 0, 0, 0, 1, 1, 2, 2});
  batch.same_melody = melody.unsqueeze(1) == melody.unsqueeze(0);
  return batch;
}

LossConfig other_stretches() {
  LossConfig config;
  config.miner.rule.negatives = Negatives::kOtherStretches;
  return config;
}

TEST(OtherStretches, NegativesAreWhatIsNotTheSameMelody) {
  const BatchLabels batch = planted_batch();
  const PairMasks all = group_pairs(batch.groups), left = other_stretch_pairs(all, batch.same_melody);
  EXPECT_TRUE(torch::equal(left.positive, all.positive));
  for (int64_t a = 0; a < 8; ++a)
    for (int64_t b = 0; b < 8; ++b)
      EXPECT_EQ(left.negative[a][b].item<bool>(), a / 2 != b / 2 && (a >= 4 || b >= 4)) << a << ' ' << b;
}

TEST(OtherStretches, TheLossIsItsFormulaOverTheRest) {
  const BatchLabels batch = planted_batch();
  const auto z = random_rows(8, 4);
  WeightedLosses losses({other_stretches()}, {.embedding_dim = 4});
  // NT-Xent, eq. 1, row by row.
  double sum = 0;
  for (int64_t a = 0; a < 8; ++a) {
    const int64_t positive = a % 2 == 0 ? a + 1 : a - 1;
    double negatives = 0;
    for (int64_t b = 0; b < 8; ++b)
      if (a / 2 != b / 2 && (a >= 4 || b >= 4)) negatives += std::exp(z[a].dot(z[b]).item<double>() / 0.05);
    sum += std::log(negatives) - z[a].dot(z[positive]).item<double>() / 0.05;
  }
  EXPECT_NEAR(losses.forward(z, batch).total.item<double>(), sum / 8, 1e-9);
}

TEST(OtherStretches, TheMinerAndTheOtherRulesNarrowWhatIsLeft) {
  BatchLabels batch = planted_batch();
  batch.domains = labels({0, 1, 0, 1, 0, 0, 0, 1});
  const auto z = random_rows(8, 4);
  LossConfig config = other_stretches();
  config.miner.miner.choose("multi_similarity");
  config.miner.rule.domain_negatives = DomainNegatives::kPaired;
  const PairMasks left = MultiSimilarityMiner().mine(
      z, other_stretch_pairs(paired_domain_pairs(batch.groups, batch.domains), batch.same_melody));
  const double expected =
      config.loss->make({.embedding_dim = 4})->forward({.z = z, .pairs = left}).item<double>();
  // One batch, three rules: each has its own pairs.
  std::vector<LossConfig> all(3, config);
  all[1].miner.rule.negatives = Negatives::kOtherSongs;
  all[2].miner.rule.negatives = Negatives::kOtherGroups;
  WeightedLosses losses(all, {.embedding_dim = 4});
  const LossReport report = losses.forward(z, batch);
  EXPECT_EQ(report.parts[0].second.item<double>(), expected);
  EXPECT_NE(report.parts[1].second.item<double>(), expected);
  EXPECT_NE(report.parts[2].second.item<double>(), expected);
  EXPECT_NE(report.parts[2].second.item<double>(), report.parts[1].second.item<double>());
}

TEST(OtherStretches, NeedTheMaskAndSomethingToTellApart) {
  BatchLabels batch = planted_batch();
  WeightedLosses losses({other_stretches()}, {.embedding_dim = 4});
  const auto mask = batch.same_melody;
  for (const auto& wrong : {torch::Tensor(), mask.slice(0, 0, 4), mask.to(torch::kInt64)}) {
    batch.same_melody = wrong;
    EXPECT_THROW(losses.forward(random_rows(8, 4), batch), ShapeError);
  }
  LossContext context{.embedding_dim = 4, .song_classes = 1, .knows_places = false};
  EXPECT_THROW(WeightedLosses({other_stretches()}, context), ConfigError);
  context.knows_places = true;
  EXPECT_NO_THROW(WeightedLosses({other_stretches()}, context));
  EXPECT_NO_THROW(
      WeightedLosses({other_stretches()}, {.embedding_dim = 4, .song_classes = 2, .knows_places = false}));
}

TEST(OtherStretches, AreChosenByName) {
  const auto config = configs::parse_config<LossConfig>("miner: {negatives: other_stretches}", "t.yaml");
  EXPECT_EQ(config.miner.rule.negatives, Negatives::kOtherStretches);
}

}  // namespace
}  // namespace melomine::losses
