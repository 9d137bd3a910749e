#include "retrieval/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

TEST(Bootstrap, EqualValuesHaveNoSpread) {
  const Estimate e = bootstrap_mean(std::vector<double>(20, 0.25));
  EXPECT_DOUBLE_EQ(e.mean, 0.25);
  EXPECT_DOUBLE_EQ(e.low, 0.25);
  EXPECT_DOUBLE_EQ(e.high, 0.25);
}

TEST(Bootstrap, IntervalOfAShareIsTheBinomials) {
  // 400 queries, 30 % found: resampled means are binomial, nearly normal with sd sqrt(.3 * .7 / 400).
  std::vector<double> values(400, 0.0);
  for (size_t i = 0; i < 120; ++i) values[i] = 1;
  const Estimate e = bootstrap_mean(values, {.resamples = 20000});
  const double sd = std::sqrt(0.3 * 0.7 / 400);
  EXPECT_DOUBLE_EQ(e.mean, 0.3);
  EXPECT_NEAR(e.low, 0.3 - 1.96 * sd, 0.0035);
  EXPECT_NEAR(e.high, 0.3 + 1.96 * sd, 0.0035);
}

TEST(Bootstrap, SeedDecides) {
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) values.push_back(i * i);
  const Estimate a = bootstrap_mean(values, {.seed = 1}), b = bootstrap_mean(values, {.seed = 1});
  const Estimate c = bootstrap_mean(values, {.seed = 2});
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(a.low, c.low);
}

TEST(Bootstrap, PairsMakeAConstantGainCertain) {
  // Both systems vary a lot between queries, their difference does not: only a paired interval sees it.
  RandomStream random({5});
  std::vector<double> a, b;
  for (int i = 0; i < 40; ++i) {
    b.push_back(random.uniform());
    a.push_back(b.back() + 0.125);
  }
  const Estimate difference = bootstrap_difference(a, b);
  EXPECT_NEAR(difference.low, 0.125, 1e-12);
  EXPECT_NEAR(difference.high, 0.125, 1e-12);
  EXPECT_GT(bootstrap_mean(a).high - bootstrap_mean(a).low, 0.1);
}

TEST(Bootstrap, RefusesNonsense) {
  const std::vector<double> none, one{1}, two{1, 2};
  EXPECT_THROW(bootstrap_mean(none), ShapeError);
  EXPECT_THROW(bootstrap_difference(one, two), ShapeError);
  EXPECT_THROW(bootstrap_mean(one, {.resamples = 0}), ConfigError);
  EXPECT_THROW(bootstrap_mean(one, {.confidence = 1}), ConfigError);
}

}  // namespace
}  // namespace melomine::retrieval
