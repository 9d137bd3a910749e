#include "retrieval/fixed_match.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "retrieval/fixed_dtw.h"
#include "retrieval/search.h"
#include "tests/retrieval/correlate.h"
#include "tests/retrieval/fixed_rows.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::retrieval {
namespace {

constexpr double kGivenUp = -std::numeric_limits<double>::infinity();
/// What 16 bits lose of a mean of products.
constexpr double kTolerance = 1e-4;

const Similarity kCross{.correlation = Correlation::kCross};
const Similarity kPearson{.correlation = Correlation::kPearson};

SequenceMatch found_by_search(const FingerprintSequence& query, const FingerprintSequence& reference,
                              const Similarity& similarity) {
  const ScoreMatrix scores = search_sequences({&query, 1}, {&reference, 1}, similarity);
  return {.score = scores.at(0, 0), .lag = scores.lag_at(0, 0)};
}

SequenceMatch found_fixed(const FingerprintSequence& query, const FingerprintSequence& reference,
                          const Similarity& similarity, std::span<const LagSpan> spans = {}) {
  const FixedRows rows(reference);
  return best_match(FixedQuery(view(query)), rows.rows(), spans, similarity);
}

SequenceMatch warped_fixed(const FingerprintSequence& query, const FingerprintSequence& reference,
                           const Similarity& similarity, double give_up_under = kGivenUp) {
  const FixedRows rows(reference);
  return best_dtw(FixedQuery(view(query)), rows.rows(), similarity, give_up_under);
}

/// Rows t of `all`; one below 0 is a rest.
FingerprintSequence rows_of(const FingerprintSequence& all, const std::vector<int64_t>& steps) {
  FingerprintSequence z{static_cast<int64_t>(steps.size()), all.dim, all.hop_s, 0, {}};
  for (const int64_t t : steps) {
    z.voiced.push_back(t < 0 ? 0 : 1);
    for (int64_t d = 0; d < all.dim; ++d)
      z.values.push_back(t < 0 ? 0.0F : all.values[static_cast<size_t>(t * all.dim + d)]);
  }
  return z;
}

/// Rows of the identity: a product is 1 or 0.
FingerprintSequence axes(int64_t count) {
  FingerprintSequence z{count, count, 0.25, 0, std::vector<float>(static_cast<size_t>(count * count))};
  for (int64_t t = 0; t < count; ++t) z.values[static_cast<size_t>(t * (count + 1))] = 1;
  return z;
}

TEST(FixedMatch, CountsProductsOfAxes) {
  const FingerprintSequence all = axes(8);
  const FingerprintSequence reference = rows_of(all, {7, 6, 0, 1, 3, 3, 4, -1});
  const SequenceMatch whole = found_fixed(rows_of(all, {0, 1, 2, 3}), reference, kCross);
  EXPECT_NEAR(whole.score, 0.75, 1e-9);
  EXPECT_EQ(whole.lag, 2);
  const std::vector<LagSpan> elsewhere{{4, 9}, {-5, 2}};
  EXPECT_EQ(found_fixed(rows_of(all, {0, 1, 2, 3}), reference, kCross, elsewhere).lag, 1);
  // A rest of the query counts for nothing; one of the reference costs what is uncovered.
  EXPECT_NEAR(found_fixed(rows_of(all, {0, 1, -1, 3}), reference, kCross).score, 1, 1e-9);
  const std::vector<LagSpan> at_the_end{{4, 5}};
  EXPECT_NEAR(found_fixed(rows_of(all, {3, 3, 4, 0}), reference,
                          {.correlation = Correlation::kCross, .uncovered_cost = 0.5}, at_the_end)
                  .score,
              1 - 0.5 / 4, 1e-9);
}

class FixedMatchOf : public ::testing::TestWithParam<std::tuple<int64_t, double, double>> {};

TEST_P(FixedMatchOf, IsWhatSearchFinds) {
  const auto [drift, query_rests, reference_rests] = GetParam();
  for (uint64_t seed = 0; seed < 6; ++seed) {
    for (const int64_t steps : {1, 5, 20, 21, 36, 150}) {
      const FingerprintSequence query = unit_sequence(21, 40, seed, query_rests);
      const FingerprintSequence reference = unit_sequence(steps, 40, seed + 100, reference_rests);
      for (const Correlation kind : {Correlation::kCross, Correlation::kPearson}) {
        if (drift > 0 && kind == Correlation::kPearson) continue;
        const Similarity similarity{.correlation = kind, .uncovered_cost = 0.3, .drift_steps = drift};
        const SequenceMatch expected = found_by_search(query, reference, similarity);
        const SequenceMatch found = found_fixed(query, reference, similarity);
        EXPECT_NEAR(found.score, expected.score, kTolerance) << steps << " steps";
        const std::vector<LagSpan> there{{expected.lag, expected.lag + 1}};
        EXPECT_NEAR(found_fixed(query, reference, similarity, there).score, expected.score, kTolerance);
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Drifts, FixedMatchOf,
                         ::testing::Combine(::testing::Values(0, 1, 4), ::testing::Values(0, 0.3),
                                            ::testing::Values(0, 0.4)));

TEST(PropertyFixedMatch, SpansThatHoldEverythingChangeNothing) {
  for (const double rests : {0.0, 0.3})
    for (const int64_t steps : {9, 21, 130})
      for (const Similarity& similarity :
           {kCross, kPearson, Similarity{.correlation = Correlation::kCross, .drift_steps = 2}}) {
        const FingerprintSequence query = unit_sequence(21, 24, 5, rests);
        const FingerprintSequence reference = unit_sequence(steps, 24, 6, rests);
        const SequenceMatch all = found_fixed(query, reference, similarity);
        for (const std::vector<LagSpan>& spans :
             {std::vector<LagSpan>{{-1000, 1000}}, std::vector<LagSpan>{{30, 200}, {-50, 4}, {3, 31}}}) {
          const SequenceMatch found = found_fixed(query, reference, similarity, spans);
          EXPECT_EQ(found.score, all.score);
          EXPECT_EQ(found.lag, all.lag);
        }
        // Each lag by itself has the score that it has among others.
        SequenceMatch best{.score = kGivenUp, .lag = 0};
        const LagRange lags = lag_range(21, steps);
        for (int64_t i = 0; i < lags.count; ++i) {
          const std::vector<LagSpan> one{{lags.lag(i), lags.lag(i) + 1}};
          const SequenceMatch found = found_fixed(query, reference, similarity, one);
          if (found.score > best.score) best = found;
        }
        EXPECT_EQ(best.score, all.score);
        EXPECT_EQ(best.lag, all.lag);
      }
}

TEST(FixedMatch, OfEqualsTheFirstAndOfNoLagsNothing) {
  const FingerprintSequence all = axes(4);
  const FingerprintSequence reference = rows_of(all, {3, 0, 1, 3, 0, 1});
  EXPECT_EQ(found_fixed(rows_of(all, {0, 1}), reference, kCross).lag, 1);
  const std::vector<LagSpan> late{{4, 5}, {1, 2}};
  EXPECT_EQ(found_fixed(rows_of(all, {0, 1}), reference, kCross, late).lag, 1) << "whatever the spans' order";
  const std::vector<LagSpan> none{{17, 20}, {3, 3}};
  EXPECT_EQ(found_fixed(rows_of(all, {0, 1}), reference, kCross, none).score, kGivenUp);
}

TEST(FixedMatch, SeveralPlacesApart) {
  const FingerprintSequence all = axes(6);
  const FixedRows reference(rows_of(all, {0, 1, 5, 5, 0, 1, 2, 5, 5, 5, 0, 5, 5}));
  const FixedQuery query(view(rows_of(all, {0, 1, 2})));
  const auto matches = best_matches(query, reference.rows(), {}, kCross, 3, 3);
  ASSERT_EQ(matches.size(), 3u);
  EXPECT_EQ(matches[0].lag, 4);
  EXPECT_NEAR(matches[0].score, 1, 1e-9);
  EXPECT_EQ(matches[1].lag, 0);
  EXPECT_NEAR(matches[1].score, 2.0 / 3, 1e-9);
  EXPECT_EQ(matches[2].lag, 10);
  const std::vector<LagSpan> around{{3, 6}};
  EXPECT_EQ(best_matches(query, reference.rows(), around, kCross, 3, 3).size(), 1u) << "the rest is too near";
  EXPECT_EQ(best_matches(query, reference.rows(), {}, kCross, 1, 3)[0].score,
            best_match(query, reference.rows(), {}, kCross).score);
}

class FixedDtwOf : public ::testing::TestWithParam<std::tuple<int64_t, double, double>> {};

TEST_P(FixedDtwOf, IsWhatDtwSearchFinds) {
  const auto [band, query_rests, reference_rests] = GetParam();
  for (uint64_t seed = 0; seed < 6; ++seed) {
    for (const int64_t query_steps : {1, 2, 4, 21})
      for (const int64_t steps : {1, 5, 20, 35, 150}) {
        const FingerprintSequence query = unit_sequence(query_steps, 40, seed, query_rests);
        const FingerprintSequence reference = unit_sequence(steps, 40, seed + 100, reference_rests);
        const Similarity similarity{
            .correlation = Correlation::kDtw, .uncovered_cost = 0.3, .dtw_band = band};
        const SequenceMatch expected = found_by_search(query, reference, similarity);
        const SequenceMatch found = warped_fixed(query, reference, similarity);
        EXPECT_NEAR(found.score, expected.score, kTolerance) << query_steps << " " << steps;
        EXPECT_EQ(found.lag, expected.lag) << query_steps << " " << steps;
        // What a bound lets pass is the same; what it does not is not said.
        EXPECT_EQ(warped_fixed(query, reference, similarity, found.score - 1e-3).score, found.score);
        EXPECT_EQ(warped_fixed(query, reference, similarity, found.score + 1e-3).score, kGivenUp);
        EXPECT_EQ(warped_fixed(query, reference, similarity, 0.5).score, kGivenUp);
      }
  }
}
INSTANTIATE_TEST_SUITE_P(Bands, FixedDtwOf,
                         ::testing::Combine(::testing::Values(0, 1, 8), ::testing::Values(0, 0.3),
                                            ::testing::Values(0, 0.4)));

TEST(FixedDtw, HoldsAndSkipsAtTheCostOfWhatItMeets) {
  const FingerprintSequence all = axes(8);
  const FingerprintSequence reference = rows_of(all, {7, 0, 1, 2, 5, 3, 4, 7});
  const SequenceMatch skips = warped_fixed(rows_of(all, {0, 1, 2, 3, 4}), reference, {});
  EXPECT_NEAR(skips.score, -1.0 / 5, 1e-6) << "the 5 in between is like none";
  EXPECT_EQ(skips.lag, 1);
  const SequenceMatch holds = warped_fixed(rows_of(all, {0, 0, 0, 1, 1, 2}), reference, {});
  EXPECT_NEAR(holds.score, 0, 1e-6);
  EXPECT_EQ(holds.lag, 1);
  const SequenceMatch silent = warped_fixed(rows_of(all, {-1, -1}), reference, {.uncovered_cost = 0.5});
  EXPECT_EQ(silent.score, -1.5);
}

TEST(FixedMatch, RefusesWhatCannotBeCompared) {
  const FixedQuery query(view(axes(4)));
  const FixedRows other(axes(5)), same(axes(4));
  EXPECT_THROW(best_match(query, other.rows(), {}, kCross), ShapeError);
  EXPECT_THROW(best_match(query, {same.values.data(), 0, 4}, {}, kCross), ShapeError);
  EXPECT_THROW(best_match(query, same.rows(), {}, {.correlation = Correlation::kDtw}), ConfigError);
  EXPECT_THROW(best_dtw(query, other.rows(), {}), ShapeError);
}

class GoldenFixed : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenFixed, EveryLagAndTheWarpingPath) {
  const auto path = testing::shared_golden() / "sequences.h5";
  MELOMINE_REQUIRE_PATH(path);
  const testing::GoldenFile golden(path);
  const std::string group = GetParam() + "/";
  const auto read = [&](const std::string& name) {
    const auto values = golden.doubles(group + name);
    const auto shape = golden.shape(group + name);
    return FingerprintSequence{static_cast<int64_t>(shape[0]),
                               static_cast<int64_t>(shape[1]),
                               0.25,
                               0,
                               {values.begin(), values.end()}};
  };
  const FingerprintSequence query = read("query"), reference = read("reference");
  constexpr double kGoldenTolerance = 1e-3;  // of 16 bits, where a product has few numbers
  for (const auto& [name, similarity] :
       {std::pair{"cross_correlation", kCross}, std::pair{"pearson", kPearson}}) {
    const auto expected = golden.doubles(group + name);
    const LagRange lags = lag_range(query.steps, reference.steps);
    ASSERT_EQ(static_cast<int64_t>(expected.size()), lags.count);
    for (int64_t i = 0; i < lags.count; ++i) {
      const std::vector<LagSpan> one{{lags.lag(i), lags.lag(i) + 1}};
      const SequenceMatch found = found_fixed(query, reference, similarity, one);
      EXPECT_NEAR(found.score, expected[static_cast<size_t>(i)], kGoldenTolerance) << name << " at " << i;
      EXPECT_EQ(found.lag, lags.lag(i));
    }
  }
  const auto last_row = golden.doubles(group + "dtw_subsequence_last_row");
  const double least = *std::min_element(last_row.begin(), last_row.end());
  EXPECT_NEAR(warped_fixed(query, reference, {}).score, -least / static_cast<double>(query.steps),
              kGoldenTolerance);
}
INSTANTIATE_TEST_SUITE_P(GoldenCases, GoldenFixed, ::testing::Values("short", "query8s", "equal"));

}  // namespace
}  // namespace melomine::retrieval
