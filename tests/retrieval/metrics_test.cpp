#include "retrieval/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

TEST(Metrics, RankOfASingleTarget) {
  const std::vector<float> scores{0.1f, 0.9f, 0.5f, 0.7f};
  EXPECT_EQ(rank_query(scores, {{1}, {}}).first_rank, 1);
  EXPECT_EQ(rank_query(scores, {{2}, {}}).first_rank, 3);
  EXPECT_DOUBLE_EQ(rank_query(scores, {{2}, {}}).average_precision, 1.0 / 3);
}

TEST(Metrics, SeveralTargetsAndAnExcludedQuery) {
  // Order without the excluded 0: 3 (target), 1, 4 (target), 2 (target): precisions 1/1, 2/3, 3/4.
  const std::vector<float> scores{9, 3, 1, 4, 2};
  const RankedQuery ranked = rank_query(scores, {{2, 3, 4}, {0}});
  EXPECT_EQ(ranked.first_rank, 1);
  EXPECT_DOUBLE_EQ(ranked.average_precision, (1.0 + 2.0 / 3 + 3.0 / 4) / 3);
}

TEST(Metrics, TiesAreSettledAgainstTheSystem) {
  const std::vector<float> scores(10, 0.5f);
  EXPECT_EQ(rank_query(scores, {{0}, {}}).first_rank, 10);
  EXPECT_EQ(rank_query(scores, {{0, 1}, {}}).first_rank, 9);
  EXPECT_DOUBLE_EQ(rank_query(scores, {{0, 1}, {}}).average_precision, (1.0 / 9 + 2.0 / 10) / 2);
}

TEST(Metrics, NaNIsTheLowestScore) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(rank_query(std::vector<float>{nan, -5, -6}, {{0}, {}}).first_rank, 3);
  EXPECT_EQ(rank_query(std::vector<float>{nan, -5, nan}, {{1}, {}}).first_rank, 1);
}

TEST(Metrics, WhatIsNotAmongTheHitsRanksLast) {
  const Ranking hits{{.reference = 3, .score = 0.9f, .start_s = 0},
                     {.reference = 1, .score = 0.4f, .start_s = 0}};
  EXPECT_EQ(rank_query(hits, 5, {{1}, {}}).first_rank, 2);
  EXPECT_EQ(rank_query(hits, 5, {{0}, {}}).first_rank, 5) << "behind every other that was not found";
  EXPECT_DOUBLE_EQ(rank_query(hits, 5, {{3, 4}, {}}).average_precision, (1.0 + 2.0 / 5) / 2);
  EXPECT_THROW(rank_query(hits, 3, {{1}, {}}), ShapeError);
}

TEST(Metrics, RefusesAQueryWithoutTarget) {
  const std::vector<float> scores{1, 2};
  EXPECT_THROW(rank_query(scores, {{}, {}}), ShapeError);
  EXPECT_THROW(rank_query(scores, {{0}, {0}}), ShapeError);
  EXPECT_THROW(rank_query(scores, {{2}, {}}), ShapeError);
}

TEST(Metrics, ValuesInClosedForm) {
  const std::vector<RankedQuery> queries{{1, 1.0}, {2, 0.5}, {4, 0.25}, {200, 0.005}};
  std::map<std::string_view, double> mean;
  for (const Metric& metric : all_metrics()) {
    const auto values = metric_values(metric, queries);
    mean[metric.name] = std::accumulate(values.begin(), values.end(), 0.0) / 4;
  }
  EXPECT_DOUBLE_EQ(mean["top1"], 0.25);
  EXPECT_DOUBLE_EQ(mean["top3"], 0.5);
  EXPECT_DOUBLE_EQ(mean["top5"], 0.75);
  EXPECT_DOUBLE_EQ(mean["top10"], 0.75);
  EXPECT_DOUBLE_EQ(mean["top100"], 0.75);
  EXPECT_DOUBLE_EQ(mean["mrr"], (1 + 0.5 + 0.25 + 0.005) / 4);
  EXPECT_DOUBLE_EQ(mean["map"], (1 + 0.5 + 0.25 + 0.005) / 4);
}

TEST(Metrics, MetricsOfSeveralTargetsInClosedForm) {
  // 12 candidates in falling order, targets at ranks 1, 4 and 11: 0, 2 and 8 of the 9 wrong ones are ahead.
  std::vector<float> scores;
  for (int i = 0; i < 12; ++i) scores.push_back(static_cast<float>(12 - i));
  const RankedQuery first = rank_query(scores, {{0, 3, 10}, {}});
  EXPECT_EQ(first.first_ten, 2);
  EXPECT_DOUBLE_EQ(first.wrong_ahead, (0.0 + 2.0 / 9 + 8.0 / 9) / 3);
  const RankedQuery last = rank_query(scores, {{11}, {}});
  const RankedQuery tenth = rank_query(scores, {{9}, {}});
  const std::vector<RankedQuery> queries{first, last, tenth};
  std::map<std::string_view, double> sum;
  for (const Metric& metric : all_metrics())
    for (const double value : metric_values(metric, queries)) sum[metric.name] += value;
  EXPECT_DOUBLE_EQ(sum["mr1"], 1 + 12 + 10);
  EXPECT_DOUBLE_EQ(sum["mrr10"], 1 + 0 + 0.1);
  EXPECT_DOUBLE_EQ(sum["p10"], 0.2 + 0 + 0.1);
  EXPECT_DOUBLE_EQ(sum["right10"], 2 + 0 + 1);
  EXPECT_DOUBLE_EQ(sum["nar"], 100 * ((0.0 + 2.0 / 9 + 8.0 / 9) / 3 + 1 + 9.0 / 11));
  EXPECT_EQ(all_metrics()[kUsualMetrics - 1].name, "map");
}

TEST(Metrics, NormalisedRankIsZeroAtBestWhateverTheSize) {
  for (const int64_t wrong : {0, 1, 50}) {
    std::vector<float> scores(static_cast<size_t>(wrong), 0.f);
    scores.push_back(1);
    scores.push_back(2);
    EXPECT_EQ(rank_query(scores, {{wrong, wrong + 1}, {}}).wrong_ahead, 0) << wrong;
  }
  // Equal scores are settled against the system: all that is wrong is ahead.
  EXPECT_EQ(rank_query(std::vector<float>(7, 0.5f), {{2, 3}, {}}).wrong_ahead, 1);
}

TEST(PropertyMetrics, RandomScoresLeaveHalfOfTheWrongOnesAhead) {
  constexpr int64_t kQueries = 20000;
  RandomStream random({11});
  double sum = 0;
  for (int64_t q = 0; q < kQueries; ++q) {
    std::vector<float> scores;
    for (int64_t i = 0; i < 15; ++i) scores.push_back(static_cast<float>(random.uniform()));
    sum += rank_query(scores, {{1, 4, 9}, {0}}).wrong_ahead;
  }
  EXPECT_NEAR(sum / kQueries, 0.5, 0.006);  // 4 standard errors, of at most 0.5 / sqrt(3) / sqrt(20000)
}

TEST(PropertyMetrics, RandomScoresGiveTheHarmonicMean) {
  // The expected reciprocal rank of one target among n candidates in random order is H_n / n.
  constexpr int64_t kCandidates = 20, kQueries = 20000;
  RandomStream random({7});
  double sum = 0;
  for (int64_t q = 0; q < kQueries; ++q) {
    std::vector<float> scores;
    for (int64_t i = 0; i < kCandidates; ++i) scores.push_back(static_cast<float>(random.uniform()));
    sum += 1.0 / static_cast<double>(rank_query(scores, {{3}, {}}).first_rank);
  }
  double harmonic = 0;
  for (int64_t i = 1; i <= kCandidates; ++i) harmonic += 1.0 / static_cast<double>(i);
  EXPECT_NEAR(sum / kQueries, harmonic / kCandidates, 0.006);  // 4 standard errors
}

}  // namespace
}  // namespace melomine::retrieval
