#include "retrieval/search.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "core/error.h"
#include "core/random.h"
#include "retrieval/exact_index.h"
#include "tests/retrieval/correlate.h"

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
    const ScoreMatrix scores = search_sequences(queries, references, {.correlation = kind});
    for (int64_t q = 0; q < scores.queries; ++q) {
      for (int64_t r = 0; r < scores.references; ++r) {
        const auto& query = queries[static_cast<size_t>(q)];
        const auto& reference = references[static_cast<size_t>(r)];
        const SequenceMatch match =
            best_lag(correlate(view(query), view(reference), kind), lag_range(query.steps, reference.steps));
        EXPECT_NEAR(scores.at(q, r), match.score, 1e-5 * (1 + std::abs(match.score))) << q << " " << r;
        EXPECT_EQ(scores.lag_at(q, r), match.lag) << q << " " << r;
      }
    }
  }
}

bool is_voiced(const FingerprintSequence& z, int64_t t) {
  return z.voiced.empty() || z.voiced[static_cast<size_t>(t)] != 0;
}

double voiced_steps(const FingerprintSequence& z) {
  double steps = 0;
  for (int64_t t = 0; t < z.steps; ++t) steps += is_voiced(z, t) ? 1 : 0;
  return steps;
}

/// Two of five steps become rests.
void mask(FingerprintSequence& z) {
  for (int64_t t = 0; t < z.steps; ++t) {
    z.voiced.push_back(t % 5 < 3 ? 1 : 0);
    if (z.voiced.back() == 0) std::fill_n(z.values.begin() + t * z.dim, z.dim, 0.0f);
  }
}

/// By its definition: at each place, the mean over t of the highest product of q_t with a step at most
/// `drift` from its own.
SequenceMatch drifting_match(const FingerprintSequence& query, const FingerprintSequence& reference,
                             int64_t drift) {
  const LagRange lags = lag_range(query.steps, reference.steps);
  const FingerprintSequence& shorter = query.steps <= reference.steps ? query : reference;
  SequenceMatch best{.score = -1e9, .lag = 0};
  for (int64_t i = 0; i < lags.count; ++i) {
    double sum = 0, common = 0;
    for (int64_t t = 0; t < query.steps; ++t) {
      const int64_t own = t + lags.lag(i);
      if (own < 0 || own >= reference.steps || !is_voiced(query, t) || !is_voiced(reference, own)) continue;
      ++common;
      double highest = -1e9;
      for (int64_t n = std::max<int64_t>(0, own - drift); n <= std::min(reference.steps - 1, own + drift);
           ++n) {
        if (!is_voiced(reference, n)) continue;
        double product = 0;
        for (int64_t d = 0; d < query.dim; ++d)
          product += static_cast<double>(query.values[static_cast<size_t>(t * query.dim + d)]) *
                     reference.values[static_cast<size_t>(n * query.dim + d)];
        highest = std::max(highest, product);
      }
      sum += highest;
    }
    const double score = sum / std::max({common, kLeastInCommon * voiced_steps(shorter), 1.0});
    if (score > best.score) best = {.score = score, .lag = lags.lag(i)};
  }
  return best;
}

TEST(Search, LetsAQueryDriftAboutItsPlace) {
  const auto queries = random_sequences({10, 300, 1, 40}, 8, 1);
  const auto references = random_sequences({50, 9, 2, 400}, 8, 2);
  for (const int64_t drift : {1, 3, 50}) {
    const ScoreMatrix scores =
        search_sequences(queries, references, {.correlation = Correlation::kCross, .drift_steps = drift});
    for (int64_t q = 0; q < scores.queries; ++q) {
      for (int64_t r = 0; r < scores.references; ++r) {
        const SequenceMatch match =
            drifting_match(queries[static_cast<size_t>(q)], references[static_cast<size_t>(r)], drift);
        EXPECT_NEAR(scores.at(q, r), match.score, 1e-5 * (1 + std::abs(match.score))) << q << " " << r;
        if (drift == 1) {
          EXPECT_EQ(scores.lag_at(q, r), match.lag) << q << " " << r;
        }
      }
    }
  }
}

TEST(Search, WhoDriftsFindsNothingOnRests) {
  auto queries = random_sequences({10, 300, 40}, 8, 1);
  auto references = random_sequences({50, 9, 400}, 8, 2);
  for (FingerprintSequence* z : {&queries[0], &queries[1], &references[1], &references[2]}) mask(*z);
  const ScoreMatrix scores =
      search_sequences(queries, references, {.correlation = Correlation::kCross, .drift_steps = 2});
  for (int64_t q = 0; q < scores.queries; ++q)
    for (int64_t r = 0; r < scores.references; ++r) {
      const SequenceMatch match =
          drifting_match(queries[static_cast<size_t>(q)], references[static_cast<size_t>(r)], 2);
      EXPECT_NEAR(scores.at(q, r), match.score, 1e-5 * (1 + std::abs(match.score))) << q << " " << r;
    }
}

TEST(Search, ScoresMaskedPairsAsTheSingleMatchDoes) {
  auto queries = random_sequences({10, 300, 40}, 8, 1);
  auto references = random_sequences({50, 9, 400}, 8, 2);
  for (FingerprintSequence* z : {&queries[0], &queries[1], &references[1], &references[2]}) mask(*z);
  const ScoreMatrix scores = search_sequences(queries, references);
  for (int64_t q = 0; q < scores.queries; ++q)
    for (int64_t r = 0; r < scores.references; ++r) {
      const auto& query = queries[static_cast<size_t>(q)];
      const auto& reference = references[static_cast<size_t>(r)];
      const SequenceMatch match =
          best_lag(pearson(query, reference), lag_range(query.steps, reference.steps));
      EXPECT_NEAR(scores.at(q, r), match.score, 1e-5) << q << " " << r;
      EXPECT_EQ(scores.lag_at(q, r), match.lag) << q << " " << r;
    }
}

TEST(PropertySearch, DoesNotDependOnTheNumberOfThreads) {
  const auto queries = random_sequences({20, 35, 17}, 16, 3);
  const auto references = random_sequences(std::vector<int64_t>(40, 90), 16, 4);
  const ScoreMatrix parallel = search_sequences(queries, references);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(search_sequences(queries, references).scores, parallel.scores);
}

TEST(Search, StepsThatAShorterReferenceLeavesUncoveredCost) {
  const auto queries = random_sequences({40}, 8, 5);
  const auto references = random_sequences({10, 40, 90}, 8, 6);
  const ScoreMatrix free = search_sequences(queries, references);
  const ScoreMatrix charged = search_sequences(queries, references, {.uncovered_cost = 0.5});
  EXPECT_NEAR(charged.at(0, 0), free.at(0, 0) - 0.5 * 0.75, 1e-6) << "30 of 40 steps";
  EXPECT_EQ(charged.at(0, 1), free.at(0, 1));
  EXPECT_EQ(charged.at(0, 2), free.at(0, 2));
}

/// What one search alone gives, two at once must give: nothing of a search is shared, BLAS's threads
/// included.
TEST(PropertySearch, SearchesAtOnceDoNotDisturbEachOther) {
  const auto queries = random_sequences({20, 150, 17}, 16, 7);
  const auto references = random_sequences(std::vector<int64_t>(30, 90), 16, 8);
  const ScoreMatrix alone = search_sequences(queries, references);
  std::vector<std::vector<float>> together(4);
  std::vector<std::thread> threads;
  threads.reserve(together.size());
  for (auto& scores : together)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) scores = search_sequences(queries, references).scores;
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& scores : together) EXPECT_EQ(scores, alone.scores);
}

TEST(ExactIndex, RanksWhatSearchScores) {
  const auto queries = random_sequences({20, 35}, 8, 9);
  const auto references = random_sequences({50, 12, 60, 41}, 8, 10);
  ExactIndex index;
  for (const auto& reference : references) index.add(reference);
  const ScoreMatrix scores = search_sequences(queries, references);
  const auto rankings = index.search(queries, 3, {});
  ASSERT_EQ(rankings.size(), 2u);
  for (int64_t q = 0; q < 2; ++q) {
    const Ranking& ranking = rankings[static_cast<size_t>(q)];
    const auto order = best_references(scores.row(q), 3);
    ASSERT_EQ(ranking.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(ranking[i].reference, order[i]);
      EXPECT_EQ(ranking[i].score, scores.at(q, order[i]));
      EXPECT_DOUBLE_EQ(ranking[i].start_s, 0.25 * static_cast<double>(scores.lag_at(q, order[i])));
    }
  }
  EXPECT_THROW(index.add(random_sequences({5}, 7, 1)[0]), ShapeError);
}

TEST(Search, RefusesUnequalDimensions) {
  EXPECT_THROW(search_sequences(random_sequences({3}, 4, 1), random_sequences({3}, 5, 1)), ShapeError);
}

TEST(Search, ReportsEachReference) {
  int64_t last = 0;
  search_sequences(random_sequences({3}, 4, 1), random_sequences({3, 4, 5}, 4, 1), {},
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
