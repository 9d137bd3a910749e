#pragma once

#include <vector>

#include "retrieval/diagonals.h"
#include "retrieval/fingerprint_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// The similarity of one pair at every lag, in the order of lag_range, put together from the parts of which
/// search and mining take many pairs at once.
template <class T>
std::vector<double> correlate(SequenceView<T> query, SequenceView<T> reference, Correlation kind) {
  const LagRange lags = lag_range(query.steps, reference.steps);
  std::vector<T> products;
  // The place of a shorter reference in the query is minus the lag, in the same order.
  std::vector<double> sums =
      lags.step > 0 ? diagonal_sums(query, reference, products) : diagonal_sums(reference, query, products);
  finish_similarity(sums, sequence_sums(query), sequence_sums(reference), {.correlation = kind});
  return sums;
}

inline std::vector<double> cross_correlation(const FingerprintSequence& query,
                                             const FingerprintSequence& reference) {
  return correlate(view(query), view(reference), Correlation::kCross);
}

inline std::vector<double> pearson(const FingerprintSequence& query, const FingerprintSequence& reference) {
  return correlate(view(query), view(reference), Correlation::kPearson);
}

}  // namespace melomine::retrieval
