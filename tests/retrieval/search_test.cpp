#include "retrieval/search.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

std::vector<FingerprintSequence> random_sequences(const std::vector<int64_t>& steps, int64_t dim,
                                                  uint64_t seed) {
  std::vector<FingerprintSequence> all;
  for (size_t i = 0; i < steps.size(); ++i) {
    RandomStream random({seed, i});
    FingerprintSequence z{steps[i], dim, 0.25, 0, {}};
    for (int64_t k = 0; k < steps[i] * dim; ++k) z.values.push_back(static_cast<float>(random.normal()));
    all.push_back(std::move(z));
  }
  return all;
}

TEST(Search, ScoresEveryPairAsTheSingleMatchDoes) {
  // Queries shorter and longer than a product's rows and than the references.
  const auto queries = random_sequences({10, 300, 1, 128, 40}, 8, 1);
  const auto references = random_sequences({50, 9, 400, 128}, 8, 2);
  for (const Correlation kind : {Correlation::kPearson, Correlation::kCross}) {
    const ScoreMatrix scores = search_sequences(queries, references, kind);
    for (int64_t q = 0; q < scores.queries; ++q) {
      for (int64_t r = 0; r < scores.references; ++r) {
        const auto& query = queries[static_cast<size_t>(q)];
        const auto& reference = references[static_cast<size_t>(r)];
        const SequenceMatch match = kind == Correlation::kPearson ? max_pearson(query, reference)
                                                                  : max_cross_correlation(query, reference);
        EXPECT_NEAR(scores.at(q, r), match.score, 1e-5 * (1 + std::abs(match.score))) << q << " " << r;
      }
    }
  }
}

TEST(PropertySearch, DoesNotDependOnTheNumberOfThreads) {
  const auto queries = random_sequences({20, 35, 17}, 16, 3);
  const auto references = random_sequences(std::vector<int64_t>(40, 90), 16, 4);
  const ScoreMatrix parallel = search_sequences(queries, references);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(search_sequences(queries, references).scores, parallel.scores);
}

TEST(Search, RefusesUnequalDimensions) {
  EXPECT_THROW(search_sequences(random_sequences({3}, 4, 1), random_sequences({3}, 5, 1)), ShapeError);
}

TEST(Search, ReportsEachReference) {
  int64_t last = 0;
  search_sequences(random_sequences({3}, 4, 1), random_sequences({3, 4, 5}, 4, 1), Correlation::kPearson,
                   [&](int64_t done) { EXPECT_EQ(done, ++last); });
  EXPECT_EQ(last, 3);
}

TEST(BestReferences, TiesByIndexAndNaNLast) {
  const std::vector<float> scores{0.5f, std::numeric_limits<float>::quiet_NaN(), 0.9f, 0.5f, -1.0f};
  EXPECT_EQ(best_references(scores, 10), (std::vector<int64_t>{2, 0, 3, 4, 1}));
  EXPECT_EQ(best_references(scores, 2), (std::vector<int64_t>{2, 0}));
}

}  // namespace
}  // namespace melomine::retrieval
