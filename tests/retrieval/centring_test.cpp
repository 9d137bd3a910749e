#include "retrieval/centring.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

TEST(Centring, TakesAwayWhatAllRowsShareAndGivesUnitRowsBack) {
  std::array<FingerprintSequence, 2> all{FingerprintSequence{2, 2, 0.25, 0, {0.8f, 0.6f, 0.8f, -0.6f}},
                                         FingerprintSequence{1, 2, 0.25, 0, {0.8f, 0.0f}}};
  const auto mean = mean_fingerprint(all);
  EXPECT_NEAR(mean[0], 0.8, 1e-7);
  EXPECT_NEAR(mean[1], 0, 1e-7);
  for (FingerprintSequence& z : all) subtract_mean(z, mean);
  EXPECT_NEAR(all[0].row(0)[0], 0, 1e-6);
  EXPECT_NEAR(all[0].row(0)[1], 1, 1e-6);
  EXPECT_NEAR(all[0].row(1)[1], -1, 1e-6);
  EXPECT_EQ(all[1].row(0)[0], 0) << "a row that is the mean says nothing";
}

TEST(Centring, RowsThatDoNotCountAreLeftOut) {
  FingerprintSequence z{3, 2, 0.25, 0, {0.8f, 0.6f, 0, 0, 0.8f, -0.6f}, {1, 0, 1}};
  const auto mean = mean_fingerprint({&z, 1});
  EXPECT_NEAR(mean[0], 0.8, 1e-7);
  subtract_own_mean(z);
  EXPECT_NEAR(z.row(0)[1], 1, 1e-6);
  EXPECT_EQ(z.row(1)[0], 0);
}

TEST(Centring, RefusesOtherDimensions) {
  std::array<FingerprintSequence, 2> all{FingerprintSequence{1, 2, 0.25, 0, {1, 0}},
                                         FingerprintSequence{1, 3, 0.25, 0, {1, 0, 0}}};
  EXPECT_THROW(mean_fingerprint(all), ShapeError);
  EXPECT_THROW(subtract_mean(all[1], std::array{0.0, 0.0}), ShapeError);
}

}  // namespace
}  // namespace melomine::retrieval
