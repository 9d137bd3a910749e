#include "retrieval/normalise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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

TEST(Normalise, ACohortTooSmallLeavesTheWholeSetAsItIs) {
  // All queries are of reference 0. The others could be measured, and would stand in other units beside it.
  const std::vector<std::vector<float>> scores{{0.9f, 0.2f, 0.5f}, {0.8f, 0.3f, 0.4f}, {0.7f, 0.1f, 0.8f}};
  auto all = rankings(scores);
  EXPECT_EQ(normalise(all, Normalisation::kZ, std::vector<Relevance>(3, Relevance{{0}, {}})),
            Normalisation::kNone);
  for (size_t q = 0; q < scores.size(); ++q)
    for (int64_t r = 0; r < 3; ++r) EXPECT_EQ(score_of(all[q], r), scores[q][static_cast<size_t>(r)]);
  EXPECT_EQ(all[2].front().reference, 2);

  // A single stranger tells no spread; the query that asks is none of its own.
  auto two_songs = rankings({{0.9f, 0.2f}, {0.8f, 0.3f}, {0.1f, 0.7f}});
  EXPECT_EQ(normalise(two_songs, Normalisation::kZ, std::vector<Relevance>{{{0}, {}}, {{0}, {}}, {{1}, {}}}),
            Normalisation::kNone);
  EXPECT_EQ(score_of(two_songs[0], 0), 0.9f);
}

TEST(Normalise, ThreeQueriesEachOfTwoSongsAreEnough) {
  auto all =
      rankings({{0.9f, 0.2f}, {0.8f, 0.3f}, {0.7f, 0.4f}, {0.1f, 0.6f}, {0.2f, 0.6f}, {0.3f, std::nanf("")}});
  const std::vector<Relevance> relevance{{{0}, {}}, {{0}, {}}, {{0}, {}}, {{1}, {}}, {{1}, {}}, {{1}, {}}};
  EXPECT_EQ(normalise(all, Normalisation::kZ, relevance), Normalisation::kZ);
  EXPECT_NEAR(score_of(all[0], 0), (0.9 - 0.2) / std::sqrt(0.02 / 3), 1e-3);
  EXPECT_NEAR(score_of(all[0], 1), (0.2 - 0.35) / 0.05, 1e-3) << "strangers: 0.3 and 0.4";
  EXPECT_TRUE(std::isnan(score_of(all[5], 1)));
}

TEST(Normalise, AQueryIsInNoCohortOfItself) {
  // Three groups of two, each other: what a query scores with itself measures nothing.
  std::vector<std::vector<float>> scores(6, std::vector<float>(6, 0.2f));
  std::vector<Relevance> relevance;
  for (size_t q = 0; q < 6; ++q) {
    scores[q][q] = 9;
    scores[q][q ^ 1] = 0.8f;
    relevance.push_back({{static_cast<int64_t>(q ^ 1)}, {static_cast<int64_t>(q)}});
  }
  scores[4][0] = 0.4f, scores[5][0] = 0.6f;
  auto all = rankings(scores);
  EXPECT_EQ(normalise(all, Normalisation::kZ, relevance), Normalisation::kZ);
  const double mean = (0.2 + 0.2 + 0.4 + 0.6) / 4;
  const double deviation = std::sqrt((0.04 + 0.04 + 0.16 + 0.36) / 4 - mean * mean);
  EXPECT_NEAR(score_of(all[1], 0), (0.8 - mean) / deviation, 1e-3);
}

TEST(Normalise, ScoresThatAreAllEqualLendTheSpreadOfTheSet) {
  // Strangers score 0.5 with reference 1, all of them; of references 0 and 2 the spread is sqrt(2/3) / 10.
  auto all = rankings({{0.9f, 0.5f, 0.1f}, {0.1f, 0.9f, 0.2f}, {0.2f, 0.5f, 0.3f}, {0.3f, 0.5f, 0.9f}});
  const std::vector<Relevance> relevance{{{0}, {}}, {{1}, {}}, {{3}, {}}, {{2}, {}}};
  EXPECT_EQ(normalise(all, Normalisation::kZ, relevance), Normalisation::kZ);
  const double variance = 0.02 / 3;
  EXPECT_NEAR(score_of(all[1], 1), 0.4 / std::sqrt(2 * variance / 3), 1e-3);
  EXPECT_EQ(score_of(all[0], 1), 0);
}

TEST(Normalise, TOfALoneOrOfEqualScoresIsZero) {
  auto all = rankings({{0.5f}, {std::nanf("")}});
  EXPECT_EQ(normalise(all, Normalisation::kT, std::vector<Relevance>(2, Relevance{{0}, {}})),
            Normalisation::kT);
  EXPECT_EQ(score_of(all[0], 0), 0);
  EXPECT_TRUE(std::isnan(score_of(all[1], 0)));
  auto equal = rankings({{0.5f, 0.5f}});
  normalise(equal, Normalisation::kT, std::vector<Relevance>{{{0}, {}}});
  EXPECT_EQ(score_of(equal[0], 0), 0);
}

TEST(Normalise, NoneChangesNothingAndLengthsAreCompared) {
  auto all = rankings(kScores);
  EXPECT_EQ(normalise(all, Normalisation::kNone, kRelevance), Normalisation::kNone);
  EXPECT_EQ(score_of(all[0], 0), 0.6f);
  EXPECT_THROW(normalise(all, Normalisation::kT, std::span(kRelevance).first(2)), ShapeError);
}

TEST(Standardise, CountsDeviationsFromTheMean) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> scores = {1, nan, 3, 5};
  standardise(scores);
  const double deviation = std::sqrt(8.0 / 3);
  EXPECT_NEAR(scores[0], -2 / deviation, 1e-12);
  EXPECT_TRUE(std::isnan(scores[1]));
  EXPECT_NEAR(scores[2], 0, 1e-12);
  EXPECT_NEAR(scores[3], 2 / deviation, 1e-12);
  std::vector<double> alike = {1e6, 1e6 + 1e-3, 1e6};
  standardise(alike);
  EXPECT_EQ(alike, std::vector<double>(3, 0.0));
}

}  // namespace
}  // namespace melomine::retrieval
