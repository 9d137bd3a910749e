#include "losses/clews.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "losses/weighted_losses.h"
#include "tests/losses/rows.h"
#include "tests/support/gradcheck.h"

namespace melomine::losses {
namespace {

using testing::expect_numeric_gradient;

constexpr SetDistance kAllDistances[] = {SetDistance::kMean, SetDistance::kMin, SetDistance::kMeanMin,
                                         SetDistance::kBestPairs};

/// Sets of 3, 2, 1, 2 and 1 clips, in no order; the first two and the next two are of one song each.
const std::vector<int64_t> kRecordings{7, 2, 7, 4, 2, 7, 9, 9, 1}, kSongs{0, 0, 0, 5, 0, 0, 5, 5, 3};

double value_of(Clews& loss, const torch::Tensor& z, const std::vector<int64_t>& songs = kSongs,
                const std::vector<int64_t>& recordings = kRecordings) {
  return loss.forward({.z = z, .songs = labels(songs), .recordings = labels(recordings)}).item<double>();
}

TEST(SetDistance, OfAThreeByTwoMatrixAreAsCountedByHand) {
  // Greedily 1 (row 1, column 0), then 4 (row 0, column 1): the 2 and the 3 share a row or a column with
  // the 1.
  const auto distances = torch::tensor({{3.0, 4.0}, {1.0, 2.0}, {6.0, 9.0}}, torch::kFloat64);
  auto padded = torch::full({1, 1, 3, 3}, std::nan(""), torch::kFloat64);
  padded[0][0].slice(1, 0, 2).copy_(distances);
  auto present = torch::zeros({1, 1, 3, 3}, torch::kBool);
  present[0][0].slice(1, 0, 2).fill_(true);
  const auto of = [&](SetDistance distance, int64_t best_pairs) {
    return set_distances(distance, padded, present, best_pairs).item<double>();
  };
  EXPECT_EQ(of(SetDistance::kMean, 5), 25.0 / 6);
  EXPECT_EQ(of(SetDistance::kMin, 5), 1);
  EXPECT_EQ(of(SetDistance::kMeanMin, 5), (3.0 + 1 + 6) / 3);
  EXPECT_EQ(of(SetDistance::kBestPairs, 1), 1);
  EXPECT_EQ(of(SetDistance::kBestPairs, 2), 2.5);
  EXPECT_EQ(of(SetDistance::kBestPairs, 5), 2.5) << "the smaller set has two";
}

TEST(SetDistance, TiesAreTakenOnce) {
  const auto equal = torch::full({1, 1, 3, 3}, 2.0, torch::kFloat64);
  EXPECT_EQ(set_distances(SetDistance::kBestPairs, equal, torch::ones({1, 1, 3, 3}, torch::kBool), 3)
                .item<double>(),
            2);
}

TEST(Clews, OfOrthogonalSongsHasAClosedForm) {
  // Two recordings of each of two songs, two clips each: 0 within a song, 2 between songs.
  const auto z = torch::eye(2, torch::kFloat64).repeat_interleave(4, 0);
  for (const SetDistance distance : kAllDistances) {
    Clews loss({.positive_distance = distance, .negative_distance = distance, .gamma = 0.5, .epsilon = 0.1});
    EXPECT_NEAR(value_of(loss, z, {0, 0, 0, 0, 1, 1, 1, 1}, {0, 0, 1, 1, 2, 2, 3, 3}),
                std::log1p(std::exp(-1.0) / 0.1), 1e-12);
    EXPECT_NEAR(value_of(loss, z, {0, 0, 1, 1, 0, 0, 1, 1}, {0, 0, 1, 1, 2, 2, 3, 3}),
                2 + std::log1p((4 + 4 * std::exp(-1.0)) / 8 / 0.1), 1e-12);
  }
}

TEST(Clews, OfOneClipARecordingAllDistancesAreOne) {
  const auto z = random_rows(5, 3);
  const std::vector<int64_t> songs{0, 0, 1, 1, 1}, recordings{0, 1, 2, 3, 4};
  Clews first;
  const double expected = value_of(first, z, songs, recordings);
  for (const SetDistance distance : kAllDistances) {
    Clews loss({.positive_distance = distance, .negative_distance = distance});
    EXPECT_NEAR(value_of(loss, z, songs, recordings), expected, 1e-12);
  }
}

TEST(Clews, DistancesAreInTheirOrder) {
  const auto z = random_rows(9, 4);
  double values[4];
  for (size_t i = 0; i < 4; ++i) {
    Clews loss({.positive_distance = kAllDistances[i]});
    values[i] = value_of(loss, z);
  }
  EXPECT_GT(values[0], values[2]);  // mean, mean of the nearest, the nearest
  EXPECT_GT(values[2], values[1]);
  EXPECT_GT(values[3], values[1]);
  Clews one({.positive_distance = SetDistance::kBestPairs, .best_pairs = 1});
  EXPECT_NEAR(value_of(one, z), values[1], 1e-12) << "the best pair is the nearest";
}

TEST(Clews, HasTheNumericGradient) {
  const auto z = random_rows(9, 4).requires_grad_();
  for (const SetDistance positive : kAllDistances)
    for (const SetDistance negative : kAllDistances) {
      Clews loss({.positive_distance = positive, .negative_distance = negative, .best_pairs = 2});
      expect_numeric_gradient(
          [&] { return loss.forward({.z = z, .songs = labels(kSongs), .recordings = labels(kRecordings)}); },
          {z});
    }
}

TEST(Clews, IgnoresTheOrderOfRowsAndTheNamesOfSongsAndRecordings) {
  const auto z = random_rows(9, 4), order = torch::randperm(9);
  for (const SetDistance distance : kAllDistances) {
    Clews loss({.positive_distance = distance, .negative_distance = distance});
    const LossInput shuffled{.z = z.index_select(0, order),
                             .songs = labels(kSongs).index_select(0, order) * 3 + 50,
                             .recordings = labels(kRecordings).index_select(0, order) + 1000};
    EXPECT_NEAR(loss.forward(shuffled).item<double>(), value_of(loss, z), 1e-12);
  }
}

TEST(Clews, PairsOfOneRecordingAreNeitherPositiveNorNegative) {
  const auto z = random_rows(4, 3).requires_grad_();
  Clews loss;
  // One recording; and one that two songs share.
  for (const auto& songs : {labels({0, 0, 0, 0}), labels({0, 0, 1, 1})}) {
    z.mutable_grad() = torch::Tensor();
    auto value = loss.forward({.z = z, .songs = songs, .recordings = labels({3, 3, 3, 3})});
    EXPECT_EQ(value.item<double>(), 0);
    value.backward();
    EXPECT_EQ(z.grad().abs().max().item<double>(), 0);
  }
}

TEST(Clews, WithoutPositivesOrNegativesTheOtherTermIsLeft) {
  const auto z = torch::eye(2, torch::kFloat64);
  Clews loss({.gamma = 0.5, .epsilon = 0.1});
  EXPECT_NEAR(value_of(loss, z, {0, 0}, {0, 1}), 2, 1e-12);
  EXPECT_NEAR(value_of(loss, z, {0, 1}, {0, 1}), std::log1p(std::exp(-1.0) / 0.1), 1e-12);
}

TEST(Clews, ShowsDivergence) {
  for (const SetDistance distance : kAllDistances)
    for (int64_t row = 0; row < 9; ++row) {
      auto z = random_rows(9, 4);
      z[row][1] = std::nan("");
      Clews loss({.positive_distance = distance, .negative_distance = distance});
      EXPECT_TRUE(std::isnan(value_of(loss, z))) << row;
      EXPECT_TRUE(std::isnan(value_of(loss, z, std::vector<int64_t>(9, 0), std::vector<int64_t>(9, 0))));
    }
}

TEST(Clews, NamesTheFieldThatIsAbsent) {
  const auto message = [](const BatchLabels& batch) -> std::string {
    LossConfig config;
    config.loss.choose("clews");
    WeightedLosses losses({config}, {.embedding_dim = 4});
    try {
      losses.forward(random_rows(2, 4), batch);
    } catch (const ShapeError& e) {
      return e.what();
    }
    return "";
  };
  const auto two = labels({0, 1});
  EXPECT_EQ(message({.recordings = two}), "[clews] needs songs, which the batch does not have");
  EXPECT_EQ(message({.songs = two}), "[clews] needs recordings, which the batch does not have");
  EXPECT_EQ(message({.songs = two, .recordings = labels({0, 1, 2})}),
            "[clews] recordings must be int64 [2], got Long [3]");
  EXPECT_EQ(message({.songs = two, .recordings = two}), "");
}

TEST(Clews, RefusesSettingsOutOfRange) {
  EXPECT_THROW(Clews({.best_pairs = 0}), ConfigError);
  EXPECT_THROW(Clews({.gamma = 0}), ConfigError);
  EXPECT_THROW(Clews({.epsilon = 0}), ConfigError);
}

}  // namespace
}  // namespace melomine::losses
