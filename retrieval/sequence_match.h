#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "retrieval/sequence_view.h"

namespace melomine::retrieval {

/// How alike a query and a reference are: at one lag, over the T steps that count in both, or, of kDtw, at
/// the best of all ways to stretch the one along the other.
enum class Correlation {
  kCross,    ///< 1/T Σ_t <q_t, r_{t + lag}> (Amatov et al. 2023, Algorithm 1)
  kPearson,  ///< Pearson's r of the two flattened [T * D] stretches; 0 where either is constant
  kDtw,      ///< minus the mean cosine distance along a warping path (retrieval/dtw_search.h); search alone
};

/// How two sequences are compared, in mining as in search.
struct Similarity {
  Correlation correlation = Correlation::kPearson;
  /// Taken from the correlation times the share of the query's steps that nothing is compared with: a shorter
  /// reference leaves them uncovered, or it rests there. 0: none (Amatov et al. 2023), which favours short
  /// references, since they have many places to slide to and few steps to agree in.
  double uncovered_cost = 0;
  /// Of kDtw: steps that a path may lie off the diagonal through its start; 0: any number.
  int64_t dtw_band = 0;
  /// Of kCross in search: each step of the query is compared with the most alike of the reference's steps so
  /// far about its own, so that a hum whose tempo wavers is not lost. 0: with its own alone.
  int64_t drift_steps = 0;
};
/// What mining can be told.
void bind(configs::Binder& b, Similarity& c);
/// What search can be told.
void bind_search(configs::Binder& b, Similarity& c);

/// Where masked sequences have less than this share of the shorter one's voiced steps in common, what lacks
/// counts as unlike: few steps agree by chance.
inline constexpr double kLeastInCommon = 0.5;

/// The lags at which the shorter of two sequences lies wholly inside the longer. Query step t lies on
/// reference step t + lag; the reference being the shorter, the lags are 0, -1, -2, …
struct LagRange {
  int64_t count = 0;          ///< |Tr - Tq| + 1
  int64_t step = 1;           ///< 1, or -1 where the reference is the shorter
  int64_t shorter_steps = 0;  ///< T
  int64_t lag(int64_t i) const { return i * step; }
};
/// @throws ShapeError where either is empty
LagRange lag_range(int64_t query_steps, int64_t reference_steps);

/// Lags to look at, half-open: first <= lag < last. Spans may reach beyond those of lag_range, overlap and
/// come in any order.
struct LagSpan {
  int64_t first = 0;
  int64_t last = 0;
};
/// Which of lag_range's lags, by their index, lie in any of the spans: ascending and apart. All where there
/// are no spans.
std::vector<LagSpan> places_in(std::span<const LagSpan> spans, const LagRange& lags);

struct SequenceMatch {
  double score = 0;
  int64_t lag = 0;  ///< steps; the reference step under the query's first, negative where that lies before it
};
/// The best lag; of equals the first in the order of lag_range.
SequenceMatch best_lag(std::span<const double> correlation, const LagRange& lags);
/// The highest cross-correlation over all lags, whichever of the two is the shorter.
/// @param scratch  for the matrix of inner products, reused between calls
/// @throws ShapeError where either is empty or the dims differ
double max_cross_correlation(SequenceView<float> a, SequenceView<float> b, std::vector<float>& scratch);

/// Sums over n pairs of numbers.
struct PairSums {
  double n = 0, product = 0;
  double sum_a = 0, sum_b = 0, square_a = 0, square_b = 0;
};
/// Pearson's r; 0 where the numbers of either side are all equal.
double pearson_of(const PairSums& sums);

/// What similarities need of a sequence beside the products with another.
struct SequenceSums {
  int64_t dim = 0;
  std::vector<double> sum, square;  ///< over the steps before t, of Σ_d x and Σ_d x², [steps + 1]
  /// Of a masked sequence, [steps]: 1 where the step counts, and its Σ_d x and Σ_d x²; else empty.
  std::vector<double> voiced = {}, step_sum = {}, step_square = {};

  int64_t steps() const { return static_cast<int64_t>(sum.size()) - 1; }
};
template <class T>
SequenceSums sequence_sums(SequenceView<T> sequence);

/// Turns Σ_t <q_t, r_{t + lag}> over the lags of lag_range into similarities, in place. A lag at which no
/// step counts in both has a correlation of 0.
/// @throws ConfigError for kDtw, which knows no lags
void finish_similarity(std::vector<double>& sums, const SequenceSums& query, const SequenceSums& reference,
                       const Similarity& similarity);

}  // namespace melomine::retrieval
