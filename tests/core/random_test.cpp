#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace melomine {
namespace {

TEST(RandomStream, EqualNamesGiveEqualNumbersAndOthersDiffer) {
  std::set<uint64_t> first_draws;
  for (uint64_t item = 0; item < 1000; ++item)
    first_draws.insert(RandomStream({7, stream_id("sampler"), item}).bits());
  EXPECT_EQ(first_draws.size(), 1000u);
  EXPECT_EQ(RandomStream({7, 1}).bits(), RandomStream({7, 1}).bits());
  EXPECT_NE(RandomStream({7, 1}).bits(), RandomStream({1, 7}).bits());
}

TEST(RandomStream, AChildDependsOnTheNameNotOnWhatWasDrawn) {
  RandomStream parent({3});
  const uint64_t before = parent.child(5).bits();
  parent.bits();
  EXPECT_EQ(parent.child(5).bits(), before);
}

TEST(RandomStream, MomentsAreThoseOfTheDistributions) {
  RandomStream random({11});
  constexpr int kDraws = 200000;
  double uniform_sum = 0, normal_sum = 0, normal_squares = 0;
  std::vector<int> counts(7);
  for (int i = 0; i < kDraws; ++i) {
    uniform_sum += random.uniform();
    const double z = random.normal(2, 3);
    normal_sum += z;
    normal_squares += (z - 2) * (z - 2);
    ++counts[static_cast<size_t>(random.integer(7))];
  }
  EXPECT_NEAR(uniform_sum / kDraws, 0.5, 0.004);
  EXPECT_NEAR(normal_sum / kDraws, 2, 0.04);
  EXPECT_NEAR(std::sqrt(normal_squares / kDraws), 3, 0.03);
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7.0, 800);
}

TEST(RandomStream, WeightedFollowsTheWeights) {
  RandomStream random({12});
  std::vector<int> counts(3);
  for (int i = 0; i < 30000; ++i) ++counts[random.weighted({1, 0, 2})];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[0], 10000, 400);
}

}  // namespace
}  // namespace melomine
