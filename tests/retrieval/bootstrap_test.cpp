#include "retrieval/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
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

TEST(Bootstrap, RatioOfOneEachIsTheMean) {
  RandomStream random({7});
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) values.push_back(random.normal());
  const Estimate mean = bootstrap_mean(values);
  const Estimate ratio = bootstrap_ratio(values, std::vector<double>(values.size(), 1.0));
  EXPECT_EQ(ratio.mean, mean.mean);
  EXPECT_EQ(ratio.low, mean.low);
  EXPECT_EQ(ratio.high, mean.high);
}

TEST(Bootstrap, RatioWeighsClustersByTheirSize) {
  // 1 of 1 and 0 of 3: the sums give 1/4, the mean of the ratios would give 1/2. A resample is one of 1/1 (p
  // = 1/4), 1/4 (1/2) and 0/3 (1/4), so the 95 % interval is all of [0, 1].
  const Estimate e = bootstrap_ratio(std::vector<double>{1, 0}, std::vector<double>{1, 3});
  EXPECT_DOUBLE_EQ(e.mean, 0.25);
  EXPECT_DOUBLE_EQ(e.low, 0);
  EXPECT_DOUBLE_EQ(e.high, 1);
  // With 40 % confidence the tails are cut off: quantiles at 30 % and 70 %.
  const Estimate middle =
      bootstrap_ratio(std::vector<double>{1, 0}, std::vector<double>{1, 3}, {.confidence = 0.4});
  EXPECT_DOUBLE_EQ(middle.low, 0.25);
  EXPECT_DOUBLE_EQ(middle.high, 0.25);
}

TEST(Bootstrap, ClustersThatStandOrFallTogetherWidenTheInterval) {
  // 40 clusters of 25 items, all of a cluster right or all wrong: the spread is that of 40 items, not of
  // 1000.
  std::vector<double> hits(40, 0.0);
  const std::vector<double> of(40, 25.0);
  for (size_t i = 0; i < 20; ++i) hits[i] = 25;
  const Estimate e = bootstrap_ratio(hits, of, {.resamples = 20000});
  const double sd = std::sqrt(0.5 * 0.5 / 40);
  // The binomial moves in steps of 1/40; half a step, and the sampling error of the quantile itself.
  EXPECT_NEAR(e.low, 0.5 - 1.96 * sd, 0.0125 + 0.003);
  EXPECT_NEAR(e.high, 0.5 + 1.96 * sd, 0.0125 + 0.003);
}

TEST(Bootstrap, RatioIntervalsCoverTheTruth) {
  // 300 samples of 60 clusters with 1..8 items, each right with p = 0.8: 95 % of the intervals should hold p.
  // The percentile bootstrap falls short by a few per cent at this size; 3 sd of the binomial are 3.8 %.
  RandomStream random({11});
  int covered = 0;
  for (int sample = 0; sample < 300; ++sample) {
    std::vector<double> hits, of;
    for (int cluster = 0; cluster < 60; ++cluster) {
      of.push_back(static_cast<double>(1 + random.integer(8)));
      hits.push_back(0);
      for (int i = 0; i < static_cast<int>(of.back()); ++i) hits.back() += random.chance(0.8) ? 1 : 0;
    }
    const Estimate e = bootstrap_ratio(hits, of, {.resamples = 400});
    covered += e.low <= 0.8 && 0.8 <= e.high ? 1 : 0;
  }
  EXPECT_GT(covered / 300.0, 0.90);
  EXPECT_LT(covered / 300.0, 0.99);
}

TEST(Bootstrap, EmptyClustersCountForNothing) {
  const Estimate e = bootstrap_ratio(std::vector<double>{3, 0, 0}, std::vector<double>{4, 0, 0});
  EXPECT_DOUBLE_EQ(e.mean, 0.75);
  EXPECT_TRUE(std::isnan(e.low) && std::isnan(e.high)) << "one cluster counts: nothing to resample";
  const Estimate two = bootstrap_ratio(std::vector<double>{3, 3, 0, 0}, std::vector<double>{4, 4, 0, 0});
  EXPECT_DOUBLE_EQ(two.low, 0.75) << "resamples of empty clusters alone have no ratio and are left out";
  EXPECT_DOUBLE_EQ(two.high, 0.75);
  const Estimate none = bootstrap_ratio(std::vector<double>{0, 0}, std::vector<double>{0, 0});
  EXPECT_TRUE(std::isnan(none.mean) && std::isnan(none.low) && std::isnan(none.high));
}

TEST(Bootstrap, QuantileOfSingleValuesIsTheStatistic) {
  // One value a cluster: the same as sorting what was drawn.
  RandomStream random({13});
  std::vector<double> values;
  std::vector<ClusteredValue> clustered;
  for (int64_t i = 0; i < 31; ++i) {
    values.push_back(random.normal());
    clustered.push_back({i, values.back()});
  }
  const auto sorted_median = [&](std::span<const int64_t> drawn) {
    std::vector<double> sample;
    for (const int64_t i : drawn) sample.push_back(values[static_cast<size_t>(i)]);
    std::sort(sample.begin(), sample.end());
    return sample[15];
  };
  const Estimate expected = bootstrap_statistic(31, sorted_median);
  const Estimate e = bootstrap_quantile(clustered, 31, 0.5);
  EXPECT_EQ(e.mean, expected.mean);
  EXPECT_EQ(e.low, expected.low);
  EXPECT_EQ(e.high, expected.high);
}

TEST(Bootstrap, QuantileLiesBetweenOrderStatistics) {
  const std::vector<ClusteredValue> values = {{0, 4}, {0, 1}, {0, 3}, {0, 2}};
  EXPECT_DOUBLE_EQ(bootstrap_quantile(values, 1, 0.5).mean, 2.5);
  EXPECT_DOUBLE_EQ(bootstrap_quantile(values, 1, 0.9).mean, 3.7);
  EXPECT_DOUBLE_EQ(bootstrap_quantile(values, 1, 0).mean, 1);
  EXPECT_DOUBLE_EQ(bootstrap_quantile(values, 1, 1).mean, 4);
  EXPECT_TRUE(std::isnan(bootstrap_quantile({}, 5, 0.5).mean));
  EXPECT_TRUE(std::isnan(bootstrap_quantile({}, 5, 0.5).low));
}

TEST(Bootstrap, OneItemOrClusterHasNoInterval) {
  const auto has_none = [](const Estimate& e) { return std::isnan(e.low) && std::isnan(e.high); };
  const std::vector<double> values{0.25, 0.5, 0.75};
  const Estimate one_song = bootstrap_clustered_mean(values, std::vector<int64_t>{0, 0, 0});
  EXPECT_DOUBLE_EQ(one_song.mean, 0.5);
  EXPECT_TRUE(has_none(one_song)) << "[0.5, 0.5] would read as certainty";
  EXPECT_FALSE(has_none(bootstrap_clustered_mean(values, std::vector<int64_t>{0, 0, 1})));
  EXPECT_TRUE(has_none(bootstrap_mean(std::vector<double>{0.25})));
  const std::vector<ClusteredValue> one{{1, 4}, {1, 1}, {1, 3}}, two{{0, 4}, {1, 1}, {1, 3}};
  EXPECT_TRUE(has_none(bootstrap_quantile(one, 5, 0.5))) << "of five clusters one has values";
  EXPECT_DOUBLE_EQ(bootstrap_quantile(one, 5, 0.5).mean, 3);
  EXPECT_FALSE(has_none(bootstrap_quantile(two, 5, 0.5)));
}

TEST(Bootstrap, RefusesNonsense) {
  const std::vector<double> none, one{1}, two{1, 2};
  EXPECT_THROW(bootstrap_mean(none), ShapeError);
  EXPECT_THROW(bootstrap_ratio(one, two), ShapeError);
  EXPECT_THROW(bootstrap_ratio(none, none), ShapeError);
  EXPECT_THROW(bootstrap_quantile({}, 0, 0.5), ShapeError);
  EXPECT_THROW(bootstrap_mean(one, {.resamples = 0}), ConfigError);
  EXPECT_THROW(bootstrap_mean(one, {.confidence = 1}), ConfigError);
}

TEST(BootstrapClusteredMean, ClustersAreNumberedAsTheyAppear) {
  EXPECT_EQ(clusters_of(std::vector<std::string>{"b", "a", "b", "c", "a"}),
            (std::vector<int64_t>{0, 1, 0, 2, 1}));
}

TEST(BootstrapClusteredMean, ResamplesWholeClusters) {
  const std::vector<double> values{1, 1, 1, 0, 0, 0};
  const std::vector<int64_t> clusters{0, 0, 0, 1, 1, 1};
  const Estimate estimate = bootstrap_clustered_mean(values, clusters);
  EXPECT_DOUBLE_EQ(estimate.mean, 0.5);
  EXPECT_DOUBLE_EQ(estimate.low, 0) << "a quarter of the draws takes one cluster twice";
  EXPECT_DOUBLE_EQ(estimate.high, 1);
  EXPECT_GT(bootstrap_mean(values).low, 0) << "as if the values were independent";
  const std::vector<int64_t> own{0, 1, 2, 3, 4, 5};
  EXPECT_DOUBLE_EQ(bootstrap_clustered_mean(values, own).low, bootstrap_mean(values).low)
      << "clusters of one are values";
  EXPECT_THROW(bootstrap_clustered_mean(values, std::vector<int64_t>{0, 1}), ShapeError);
  EXPECT_THROW(bootstrap_clustered_mean(values, std::vector<int64_t>{0, 0, 0, -1, 1, 1}), ShapeError);
}

}  // namespace
}  // namespace melomine::retrieval
