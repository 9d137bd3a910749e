#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/fingerprint_sequence.h"
#include "retrieval/sequence_view.h"

namespace melomine::retrieval {

/// How alike a query and a reference are at one lag.
enum class Correlation {
  kCross,    ///< 1/T Σ_t <q_t, r_{t + lag}>, T the steps that overlap (Amatov et al. 2023, Algorithm 1)
  kPearson,  ///< Pearson's r of the two flattened [T * D] stretches; 0 where either is constant
};

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

/// One value per lag, in the order of lag_range. One matrix product and strided diagonal sums.
/// @throws ShapeError where a sequence is empty or the dims differ
template <class T>
std::vector<double> correlate(SequenceView<T> query, SequenceView<T> reference, Correlation kind);
std::vector<double> cross_correlation(const FingerprintSequence& query, const FingerprintSequence& reference);
std::vector<double> pearson(const FingerprintSequence& query, const FingerprintSequence& reference);

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

namespace detail {

/// Prefix sums over steps of Σ_d x and Σ_d x², each [steps + 1].
struct PrefixSums {
  std::vector<double> sum, square;
};
template <class T>
PrefixSums prefix_sums(SequenceView<T> sequence);

/// Turns the sums over the lags into correlations, in place.
void finish_correlation(std::vector<double>& sums, const LagRange& lags, int64_t dim, const PrefixSums& query,
                        const PrefixSums& reference, Correlation kind);

}  // namespace detail
}  // namespace melomine::retrieval
