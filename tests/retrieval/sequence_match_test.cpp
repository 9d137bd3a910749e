#include "retrieval/sequence_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "tests/retrieval/correlate.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::retrieval {
namespace {

FingerprintSequence random_sequence(int64_t steps, int64_t dim, uint64_t seed) {
  RandomStream random({seed});
  FingerprintSequence z{steps, dim, 0.25, 1.5, {}};
  for (int64_t t = 0; t < steps; ++t) {
    std::vector<double> row;
    double square = 0;
    for (int64_t d = 0; d < dim; ++d) {
      row.push_back(random.normal(0.1));
      square += row.back() * row.back();
    }
    for (const double value : row) z.values.push_back(static_cast<float>(value / std::sqrt(square)));
  }
  return z;
}

/// Pearson's r by its two-pass definition, one lag at a time.
double pearson_by_definition(const FingerprintSequence& a, int64_t a0, const FingerprintSequence& b,
                             int64_t b0, int64_t steps) {
  const int64_t n = steps * a.dim;
  const float *x = a.values.data() + a0 * a.dim, *y = b.values.data() + b0 * b.dim;
  double mx = 0, my = 0, xy = 0, xx = 0, yy = 0;
  for (int64_t i = 0; i < n; ++i) mx += x[i], my += y[i];
  mx /= static_cast<double>(n), my /= static_cast<double>(n);
  for (int64_t i = 0; i < n; ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

class GoldenSequenceMatch : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenSequenceMatch, EveryLagOfBothCorrelations) {
  const auto path = testing::shared_golden() / "sequences.h5";
  MELOMINE_REQUIRE_PATH(path);
  const testing::GoldenFile golden(path);
  const std::string group = GetParam() + "/";
  const auto q = golden.doubles(group + "query"), r = golden.doubles(group + "reference");
  const auto q_shape = golden.shape(group + "query"), r_shape = golden.shape(group + "reference");
  const SequenceView<double> query{q.data(), static_cast<int64_t>(q_shape[0]),
                                   static_cast<int64_t>(q_shape[1])};
  const SequenceView<double> reference{r.data(), static_cast<int64_t>(r_shape[0]),
                                       static_cast<int64_t>(r_shape[1])};
  const std::vector<float> qf(q.begin(), q.end()), rf(r.begin(), r.end());
  for (const auto& [name, kind] :
       {std::pair{"cross_correlation", Correlation::kCross}, std::pair{"pearson", Correlation::kPearson}}) {
    const auto expected = golden.doubles(group + name);
    const auto in_double = correlate(query, reference, kind);
    const auto in_float = correlate<float>({qf.data(), query.steps, query.dim},
                                           {rf.data(), reference.steps, reference.dim}, kind);
    ASSERT_EQ(in_double.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(in_double[i], expected[i], 1e-8) << name << " at " << i;
      EXPECT_NEAR(in_float[i], expected[i], 2e-6) << name << " at " << i;  // 2^-24 times a few products
    }
  }
}
INSTANTIATE_TEST_SUITE_P(GoldenCases, GoldenSequenceMatch, ::testing::Values("short", "query8s", "equal"));

TEST(SequenceMatch, FindsAPlantedStretch) {
  const FingerprintSequence reference = random_sequence(200, 16, 1);
  FingerprintSequence query{30, 16, 0.25, 1.5, {}};
  query.values.assign(reference.values.begin() + 77 * 16, reference.values.begin() + 107 * 16);
  const LagRange lags = lag_range(query.steps, reference.steps);
  for (const auto& correlation : {pearson(query, reference), cross_correlation(query, reference)}) {
    EXPECT_EQ(best_lag(correlation, lags).lag, 77);
    EXPECT_NEAR(best_lag(correlation, lags).score, 1, 1e-6);
  }
}

TEST(PropertySequenceMatch, SwappedArgumentsFlipTheLag) {
  // More steps than one product takes, so that the pieces are put together on both sides.
  const FingerprintSequence a = random_sequence(150, 4, 2), b = random_sequence(431, 4, 3);
  const auto forward = pearson(a, b), backward = pearson(b, a);
  ASSERT_EQ(forward.size(), backward.size());
  for (size_t i = 0; i < forward.size(); ++i) EXPECT_NEAR(forward[i], backward[i], 1e-6);
  EXPECT_EQ(best_lag(forward, lag_range(150, 431)).lag, -best_lag(backward, lag_range(431, 150)).lag);
}

TEST(PropertySequenceMatch, EqualsTheDefinitionAtEveryLag) {
  const FingerprintSequence a = random_sequence(140, 3, 4), b = random_sequence(300, 3, 5);
  const auto correlation = pearson(a, b);
  for (size_t i = 0; i < correlation.size(); ++i)
    EXPECT_NEAR(correlation[i], pearson_by_definition(a, 0, b, static_cast<int64_t>(i), 140), 1e-6);
}

/// Every third step or so counts for nothing.
FingerprintSequence masked_sequence(int64_t steps, int64_t dim, uint64_t seed) {
  FingerprintSequence z = random_sequence(steps, dim, seed);
  RandomStream random({seed, 1});
  for (int64_t t = 0; t < steps; ++t) {
    z.voiced.push_back(random.uniform() < 0.7 ? 1 : 0);
    if (z.voiced.back() == 0) std::fill_n(z.values.begin() + t * dim, dim, 0.0f);
  }
  return z;
}

/// The rows of a that count at a place of b in both, end to end, and their partners.
std::pair<FingerprintSequence, FingerprintSequence> common_rows(const FingerprintSequence& a,
                                                                const FingerprintSequence& b, int64_t place) {
  std::pair<FingerprintSequence, FingerprintSequence> common;
  common.first.dim = common.second.dim = a.dim;
  for (int64_t t = 0; t < a.steps; ++t) {
    const auto at = static_cast<size_t>(t), under = static_cast<size_t>(t + place);
    if ((!a.voiced.empty() && a.voiced[at] == 0) || (!b.voiced.empty() && b.voiced[under] == 0)) continue;
    for (auto [from, row, to] : {std::tuple{&a, t, &common.first}, {&b, t + place, &common.second}}) {
      to->values.insert(to->values.end(), from->row(row).begin(), from->row(row).end());
      ++to->steps;
    }
  }
  return common;
}

TEST(PropertySequenceMatch, OfMaskedSequencesOnlyStepsThatCountInBothAreCompared) {
  const FingerprintSequence a = masked_sequence(140, 3, 4), b = masked_sequence(300, 3, 5),
                            whole = random_sequence(300, 3, 6);
  for (const auto* longer : {&b, &whole}) {
    const auto r = pearson(a, *longer), swapped = pearson(*longer, a), cross = cross_correlation(a, *longer);
    for (size_t i = 0; i < r.size(); ++i) {
      const auto [x, y] = common_rows(a, *longer, static_cast<int64_t>(i));
      EXPECT_NEAR(r[i], pearson_by_definition(x, 0, y, 0, x.steps), 1e-6);
      EXPECT_NEAR(swapped[i], r[i], 1e-6);
      EXPECT_NEAR(cross[i], cross_correlation(x, y).front(), 1e-6);
    }
  }
}

TEST(SequenceMatch, FewStepsInCommonDoNotWin) {
  // Two of ten voiced steps agree wholly where the rest of the longer is masked.
  FingerprintSequence query = random_sequence(10, 8, 1), reference = random_sequence(30, 8, 2);
  std::copy_n(query.values.begin(), 2 * 8, reference.values.begin());
  reference.voiced.assign(30, 1);
  std::fill_n(reference.values.begin() + 2 * 8, 8 * 8, 0.0f);
  std::fill_n(reference.voiced.begin() + 2, 8, uint8_t{0});
  EXPECT_NEAR(cross_correlation(query, reference)[0], 2 / (kLeastInCommon * 10), 1e-6);
  EXPECT_NEAR(pearson(query, reference)[0], 2 / (kLeastInCommon * 10), 1e-6);
}

TEST(SequenceMatch, NothingInCommonIsNoSimilarity) {
  FingerprintSequence silent{4, 2, 0.25, 0, std::vector<float>(8), std::vector<uint8_t>(4)};
  for (const auto& values :
       {pearson(silent, random_sequence(9, 2, 6)), cross_correlation(random_sequence(3, 2, 6), silent)})
    for (const double value : values) EXPECT_EQ(value, 0);
}

TEST(SequenceMatch, QueryStepsOnARestOfTheReferenceAreUncovered) {
  const FingerprintSequence query = random_sequence(10, 8, 1);
  FingerprintSequence reference = query;
  reference.voiced.assign(10, 1);
  for (const size_t t : {2, 3, 7}) {
    reference.voiced[t] = 0;
    std::fill_n(reference.values.begin() + static_cast<std::ptrdiff_t>(t * 8), 8, 0.0f);
  }
  for (const Correlation kind : {Correlation::kCross, Correlation::kPearson}) {
    std::vector<double> sums{7};
    finish_similarity(sums, sequence_sums(view(query)), sequence_sums(view(reference)),
                      {.correlation = kind, .uncovered_cost = 0.5});
    EXPECT_NEAR(sums[0], 1 - 0.5 * 0.3, 1e-6);
    sums[0] = 7;
    finish_similarity(sums, sequence_sums(view(reference)), sequence_sums(view(query)),
                      {.correlation = kind, .uncovered_cost = 0.5});
    EXPECT_NEAR(sums[0], 1, 1e-6) << "rests of the query itself are not to be covered";
  }
}

TEST(MaxCrossCorrelation, IsTheMaximumOverLagsWhicheverIsShorter) {
  const auto a = random_sequence(150, 8, 1), b = random_sequence(400, 8, 2);
  double expected = -1;
  for (int64_t lag = 0; lag + a.steps <= b.steps; ++lag) {
    double sum = 0;
    for (int64_t i = 0; i < a.steps * a.dim; ++i)
      sum += static_cast<double>(a.values[static_cast<size_t>(i)]) *
             static_cast<double>(b.values[static_cast<size_t>(lag * b.dim + i)]);
    expected = std::max(expected, sum / static_cast<double>(a.steps));
  }
  std::vector<float> scratch;
  EXPECT_NEAR(max_cross_correlation(view(a), view(b), scratch), expected, 1e-6);
  EXPECT_EQ(max_cross_correlation(view(b), view(a), scratch),
            max_cross_correlation(view(a), view(b), scratch));
  EXPECT_THROW(max_cross_correlation(view(a), view(random_sequence(9, 7, 3)), scratch), ShapeError);
}

TEST(SequenceMatch, ConstantStretchesCorrelateWithNothing) {
  FingerprintSequence constant{5, 2, 0.25, 0, std::vector<float>(10, 0.7f)};
  const auto correlation = pearson(constant, random_sequence(9, 2, 6));
  for (const double value : correlation) EXPECT_EQ(value, 0);
}

TEST(SequenceMatch, RefusesEmptyAndUnequalSequences) {
  const FingerprintSequence empty{0, 4, 0.25, 0, {}};
  EXPECT_THROW(pearson(empty, random_sequence(3, 4, 1)), ShapeError);
  EXPECT_THROW(pearson(random_sequence(3, 4, 1), random_sequence(3, 5, 1)), ShapeError);
}

}  // namespace
}  // namespace melomine::retrieval
