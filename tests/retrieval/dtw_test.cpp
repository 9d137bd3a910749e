#include "retrieval/dtw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "configs/config.h"
#include "core/error.h"
#include "core/random.h"
#include "retrieval/search.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::retrieval {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// [rows][columns]
using Costs = std::vector<std::vector<double>>;

Costs random_costs(int64_t rows, int64_t columns, uint64_t seed) {
  RandomStream random({seed});
  Costs costs(static_cast<size_t>(rows), std::vector<double>(static_cast<size_t>(columns)));
  for (auto& row : costs)
    for (double& cost : row) cost = random.uniform();
  return costs;
}

/// The definition: all paths from (0, start) on that stay in the band, the cheapest one's cost at its end.
double cheapest_from(const Costs& costs, int64_t start, int64_t band) {
  const auto rows = static_cast<int64_t>(costs.size()), columns = static_cast<int64_t>(costs[0].size());
  Costs sums(costs.size(), std::vector<double>(costs[0].size(), kInfinity));
  double best = kInfinity;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = std::max(start, start + i - band); j < std::min(columns, start + i + band + 1); ++j) {
      const auto at = [&](int64_t row, int64_t column) {
        return row < 0 || column < 0 ? kInfinity
                                     : sums[static_cast<size_t>(row)][static_cast<size_t>(column)];
      };
      double before = std::min({at(i - 1, j - 1), at(i - 1, j), at(i, j - 1)});
      if (i == 0 && j == start) before = 0;
      sums[static_cast<size_t>(i)][static_cast<size_t>(j)] =
          before + costs[static_cast<size_t>(i)][static_cast<size_t>(j)];
      if (i == rows - 1) best = std::min(best, at(i, j));
    }
  return best;
}

SequenceMatch by_definition(const Costs& costs, int64_t band) {
  SequenceMatch best{-kInfinity, 0};
  for (int64_t start = 0; start < static_cast<int64_t>(costs[0].size()); ++start)
    if (const double cost = cheapest_from(costs, start, band); - cost > best.score) best = {-cost, start};
  return best;
}

template <class Rows>
SequenceMatch best_of(Rows rows, const Costs& costs) {
  for (const auto& row : costs) rows.add(row);
  return rows.best();
}

class GoldenDtw : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenDtw, SubsequenceAndWhole) {
  const auto path = testing::shared_golden() / "sequences.h5";
  MELOMINE_REQUIRE_PATH(path);
  const testing::GoldenFile golden(path);
  const std::string group = GetParam() + "/";
  const auto q = golden.doubles(group + "query"), r = golden.doubles(group + "reference");
  const size_t rows = golden.shape(group + "query")[0], columns = golden.shape(group + "reference")[0];
  const size_t dim = q.size() / rows;
  DtwRows subsequence(static_cast<int64_t>(columns)), whole(static_cast<int64_t>(columns), DtwEnds::kWhole);
  for (size_t i = 0; i < rows; ++i) {
    std::vector<double> cost(columns, 1.0);
    for (size_t j = 0; j < columns; ++j)
      for (size_t d = 0; d < dim; ++d) cost[j] -= q[i * dim + d] * r[j * dim + d];
    subsequence.add(cost);
    whole.add(cost);
  }
  const auto last_row = golden.doubles(group + "dtw_subsequence_last_row");
  ASSERT_EQ(last_row.size(), columns);
  for (size_t j = 0; j < columns; ++j) EXPECT_NEAR(subsequence.costs()[j], last_row[j], 1e-8) << j;
  EXPECT_NEAR(-whole.best().score, golden.doubles(group + "dtw_global")[0], 1e-8);

  // By search, in single precision: products to 2^-24 times a few, of which a path has a few hundred.
  const std::vector<FingerprintSequence> query{
      {static_cast<int64_t>(rows), static_cast<int64_t>(dim), 0.25, 0, {q.begin(), q.end()}}};
  const std::vector<FingerprintSequence> reference{
      {static_cast<int64_t>(columns), static_cast<int64_t>(dim), 0.25, 0, {r.begin(), r.end()}}};
  const ScoreMatrix scores = search_sequences(query, reference, {.correlation = Correlation::kDtw});
  const double least = *std::min_element(last_row.begin(), last_row.end());
  EXPECT_NEAR(scores.at(0, 0), -least / static_cast<double>(rows), 2e-6);
  EXPECT_EQ(scores.lag_at(0, 0), subsequence.best().lag);
}
INSTANTIATE_TEST_SUITE_P(GoldenCases, GoldenDtw, ::testing::Values("short", "query8s", "equal"));

TEST(PropertyDtw, TheCheapestPathAndItsStartAreThoseOfTheDefinition) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const auto rows = static_cast<int64_t>(1 + seed % 7), columns = static_cast<int64_t>(1 + seed % 11);
    const Costs costs = random_costs(rows, columns, seed);
    const SequenceMatch expected = by_definition(costs, rows + columns);
    const SequenceMatch found = best_of(DtwRows(columns), costs);
    EXPECT_NEAR(found.score, expected.score, 1e-12);
    EXPECT_EQ(found.lag, expected.lag);
    for (int64_t band = 1; band < 6; ++band) {
      const SequenceMatch within = by_definition(costs, band);
      const SequenceMatch banded = best_of(BandedDtwRows(columns, band), costs);
      if (std::isinf(within.score)) {
        EXPECT_EQ(banded.score, -kInfinity) << "the reference is too short for any path";
        continue;
      }
      EXPECT_NEAR(banded.score, within.score, 1e-12) << rows << " " << columns << " " << band;
      EXPECT_EQ(banded.lag, within.lag);
      EXPECT_LE(banded.score, found.score + 1e-12) << "a band only takes paths away";
    }
  }
}

/// Rows of unit norm, the same for a seed.
FingerprintSequence random_sequence(int64_t steps, int64_t dim, uint64_t seed) {
  RandomStream random({seed});
  FingerprintSequence z{steps, dim, 0.25, 0, {}};
  for (int64_t t = 0; t < steps; ++t) {
    std::vector<double> row;
    double square = 0;
    for (int64_t d = 0; d < dim; ++d) row.push_back(random.normal()), square += row.back() * row.back();
    for (const double value : row) z.values.push_back(static_cast<float>(value / std::sqrt(square)));
  }
  return z;
}

/// The rows of z at these steps; -1 is a rest.
FingerprintSequence taken(const FingerprintSequence& z, const std::vector<int64_t>& steps) {
  FingerprintSequence out{static_cast<int64_t>(steps.size()), z.dim, z.hop_s, 0, {}};
  const std::vector<float> rest(static_cast<size_t>(z.dim));
  for (const int64_t t : steps) {
    const auto row = t < 0 ? std::span<const float>(rest) : z.row(t);
    out.values.insert(out.values.end(), row.begin(), row.end());
    out.voiced.push_back(t < 0 ? 0 : 1);
  }
  if (std::find(steps.begin(), steps.end(), -1) == steps.end()) out.voiced.clear();
  return out;
}

/// Score and lag of one pair.
SequenceMatch search_one(const FingerprintSequence& query, const FingerprintSequence& reference,
                         Similarity similarity = {}) {
  similarity.correlation = Correlation::kDtw;
  const ScoreMatrix scores = search_sequences({&query, 1}, {&reference, 1}, similarity);
  return {scores.at(0, 0), scores.lag_at(0, 0)};
}

TEST(Dtw, FollowsAQueryThatIsSungUnevenly) {
  const FingerprintSequence reference = random_sequence(60, 16, 1);
  // Held, hurried over by no step, held again: steps 20 to 27.
  const FingerprintSequence query =
      taken(reference, {20, 20, 20, 21, 22, 22, 23, 24, 25, 25, 25, 25, 26, 27});
  const SequenceMatch match = search_one(query, reference);
  EXPECT_NEAR(match.score, 0, 1e-6);
  EXPECT_EQ(match.lag, 20);
  EXPECT_LT(search_sequences({&query, 1}, {&reference, 1}).at(0, 0), 0.6) << "no straight line follows it";
  EXPECT_NEAR(search_one(query, reference, {.dtw_band = 6}).score, 0, 1e-6) << "it ends six steps behind";
  const SequenceMatch narrow = search_one(query, reference, {.dtw_band = 2});
  EXPECT_LT(narrow.score, -0.05);
}

TEST(Dtw, RestsOfTheQueryCostNothingAndThoseOfTheReferenceAsMuchAsUnlikeSteps) {
  const FingerprintSequence song = random_sequence(40, 16, 2);
  const FingerprintSequence query = taken(song, {10, 11, -1, -1, 14, 15});
  for (const int64_t band : {0, 3}) {
    const SequenceMatch match = search_one(query, song, {.uncovered_cost = 0.5, .dtw_band = band});
    EXPECT_NEAR(match.score, 0, 1e-6) << "a path goes on below a rest";
    EXPECT_EQ(match.lag, 10);
  }
  // A voiced query of which one step of five can meet nothing but a rest: orthogonal rows, so that no other
  // path is cheaper.
  FingerprintSequence rows{5, 5, 0.25, 0, std::vector<float>(25)};
  for (size_t t = 0; t < 5; ++t) rows.values[t * 6] = 1;
  const FingerprintSequence with_rest = taken(rows, {0, 1, -1, 3, 4});
  EXPECT_NEAR(search_one(rows, with_rest).score, -1.0 / 5, 1e-6);
  EXPECT_NEAR(search_one(rows, with_rest, {.uncovered_cost = 0.5, .dtw_band = 1}).score, -1.5 / 5, 1e-6);
  const FingerprintSequence silent = taken(rows, {-1, -1});
  EXPECT_NEAR(search_one(rows, silent, {.uncovered_cost = 0.5}).score, -1.5, 1e-6);
  EXPECT_NEAR(search_one(silent, rows, {.uncovered_cost = 0.5}).score, -1.5, 1e-6) << "nothing to compare";
}

TEST(Dtw, AShortReferenceIsStretchedUnlessABandForbidsIt) {
  FingerprintSequence rows{8, 8, 0.25, 0, std::vector<float>(64)};
  for (size_t t = 0; t < 8; ++t) rows.values[t * 9] = 1;
  const FingerprintSequence middle = taken(rows, {2, 3, 4});
  EXPECT_NEAR(search_one(rows, middle).score, -5.0 / 8, 1e-6) << "five of eight steps are like none";
  EXPECT_EQ(search_one(rows, middle).lag, 0);
  // With a band the reference lies inside the query, and what is beyond its ends is on a rest.
  const SequenceMatch banded = search_one(rows, middle, {.uncovered_cost = 0.25, .dtw_band = 1});
  EXPECT_NEAR(banded.score, -(4 * 1.25 + 1) / 8, 1e-6) << "the band lets one of five hold on to an end";
  EXPECT_LT(banded.lag, 0) << "the reference begins later";
  const FingerprintSequence held = taken(rows, {3, 3, 3, 3, 3, 3, 3, 3});
  EXPECT_NEAR(search_one(held, middle).score, 0, 1e-6) << "one step of it can be held as long as wanted";
}

TEST(Dtw, SearchScoresEveryPairAsThePairAloneDoes) {
  // Queries across the rows of a product, masked ones among them.
  std::vector<FingerprintSequence> queries{random_sequence(100, 8, 3), random_sequence(300, 8, 4),
                                           taken(random_sequence(9, 8, 5), {0, 1, -1, 3, 4, 5, -1, 7, 8})};
  const std::vector<FingerprintSequence> references{
      random_sequence(50, 8, 6), random_sequence(350, 8, 7),
      taken(random_sequence(20, 8, 8), {0, 1, 2, -1, -1, 5, 6, 7, 8, 9, 10})};
  for (const int64_t band : {0, 4}) {
    const Similarity similarity{.correlation = Correlation::kDtw, .uncovered_cost = 0.25, .dtw_band = band};
    const ScoreMatrix scores = search_sequences(queries, references, similarity);
    for (size_t q = 0; q < queries.size(); ++q)
      for (size_t r = 0; r < references.size(); ++r) {
        const SequenceMatch alone = search_one(queries[q], references[r], similarity);
        const auto row = static_cast<int64_t>(q), column = static_cast<int64_t>(r);
        EXPECT_NEAR(scores.at(row, column), alone.score, 1e-6) << q << " " << r;
        EXPECT_EQ(scores.lag_at(row, column), alone.lag) << q << " " << r;
      }
  }
}

struct ForMining {
  Similarity similarity{.correlation = Correlation::kCross};
};
void bind(configs::Binder& b, ForMining& c) {
  bind(b, c.similarity);
}
struct ForSearch {
  Similarity similarity;
};
void bind(configs::Binder& b, ForSearch& c) {
  bind_search(b, c.similarity);
}

TEST(Dtw, IsAChoiceOfSearchAlone) {
  const auto chosen = configs::parse_config<ForSearch>("{correlation: dtw, dtw_band: 8}", "test.yaml");
  EXPECT_EQ(chosen.similarity.correlation, Correlation::kDtw);
  EXPECT_EQ(chosen.similarity.dtw_band, 8);
  EXPECT_EQ(configs::to_yaml(ForSearch()), "correlation: pearson\nuncovered_cost: 0\n")
      << "texts of runs that did not know of a band";
  EXPECT_THROW(configs::parse_config<ForMining>("correlation: dtw", "test.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<ForSearch>("dtw_band: 8", "test.yaml"), ConfigError);
  std::vector<double> sums{1};
  const auto z = random_sequence(3, 4, 1);
  EXPECT_THROW(finish_similarity(sums, sequence_sums(view(z)), sequence_sums(view(z)),
                                 {.correlation = Correlation::kDtw}),
               ConfigError);
}

TEST(Dtw, RefusesWhatIsEmptyOrOfAnotherSize) {
  EXPECT_THROW(DtwRows(0), ShapeError);
  EXPECT_THROW(BandedDtwRows(3, 0), ShapeError);
  DtwRows rows(3);
  EXPECT_THROW(rows.add(std::vector<double>(2)), ShapeError);
}

}  // namespace
}  // namespace melomine::retrieval
