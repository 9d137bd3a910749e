#include "retrieval/normalise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

/// Rankings of dense scores [queries][references].
std::vector<Ranking> rankings(const std::vector<std::vector<float>>& scores) {
  std::vector<Ranking> all;
  for (const auto& row : scores) {
    Ranking ranking;
    for (size_t r = 0; r < row.size(); ++r)
      ranking.push_back({.reference = static_cast<int64_t>(r), .score = row[r], .start_s = 0});
    sort_hits(ranking);
    all.push_back(std::move(ranking));
  }
  return all;
}

float score_of(const Ranking& ranking, int64_t reference) {
  for (const Hit& hit : ranking)
    if (hit.reference == reference) return hit.score;
  return std::nanf("");
}

/// Reference 1 scores high with everybody; reference 0 is right for query 0, 1 for query 1.
const std::vector<std::vector<float>> kScores{{0.6f, 0.8f}, {0.1f, 0.9f}, {0.2f, 0.7f}, {0.3f, 0.8f}};
const std::vector<Relevance> kRelevance{{{0}, {}}, {{1}, {}}, {{2}, {}}, {{2}, {}}};

TEST(Normalise, ZTakesAwayWhatAReferenceScoresWithStrangers) {
  auto all = rankings(kScores);
  normalise(all, Normalisation::kZ, kRelevance);
  // Strangers of reference 0 are queries 1 to 3: mean 0.2, standard deviation sqrt(0.02 / 3).
  EXPECT_NEAR(score_of(all[0], 0), 0.4 / std::sqrt(0.02 / 3), 1e-4);
  // Of reference 1 to query 0: queries 2 and 3, since 1 is its own and 0 is the one that asks.
  EXPECT_NEAR(score_of(all[0], 1), (0.8 - 0.75) / 0.05, 1e-3);
  EXPECT_EQ(all[0].front().reference, 0) << "what scores high with all is no longer first";
}

TEST(Normalise, TKeepsTheOrderWithinAQueryAndMakesQueriesComparable) {
  auto all = rankings({{0.9f, 0.8f, 0.7f}, {0.3f, 0.2f, 0.1f}});
  const std::vector<Relevance> relevance{{{0}, {}}, {{1}, {0}}};
  normalise(all, Normalisation::kT, relevance);
  EXPECT_EQ(all[0].front().reference, 0);
  EXPECT_NEAR(score_of(all[0], 0), 0.1 / std::sqrt(0.02 / 3), 1e-4);
  EXPECT_NEAR(score_of(all[1], 1), 1, 1e-4) << "reference 0 is no candidate: the cohort is 0.2 and 0.1";
}

TEST(Normalise, CohortsThatSayNothingOnlyMoveTheScores) {
  auto all = rankings({{0.5f}, {0.5f}, {std::nanf("")}});
  normalise(all, Normalisation::kZ, std::vector<Relevance>{{{1}, {}}, {{1}, {}}, {{1}, {}}});
  EXPECT_EQ(score_of(all[0], 0), 0) << "one other query: its mean is known, its spread is not";
  EXPECT_TRUE(std::isnan(score_of(all[2], 0)));
  EXPECT_THROW(normalise(all, Normalisation::kT, kRelevance), ShapeError);
  auto untouched = rankings(kScores);
  normalise(untouched, Normalisation::kNone, kRelevance);
  EXPECT_EQ(score_of(untouched[0], 0), 0.6f);
}

}  // namespace
}  // namespace melomine::retrieval
