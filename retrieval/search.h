#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// [queries, references], row-major; higher is more alike. What exact search computes before it is ranked.
struct ScoreMatrix {
  int64_t queries = 0;
  int64_t references = 0;
  std::vector<float> scores;
  /// Steps or frames: where the query's first lies in the reference, negative where that begins later.
  std::vector<int64_t> lags;

  ScoreMatrix() = default;
  ScoreMatrix(int64_t query_count, int64_t reference_count, float fill);
  float& at(int64_t query, int64_t reference) {
    return scores[static_cast<size_t>(query * references + reference)];
  }
  float at(int64_t query, int64_t reference) const {
    return scores[static_cast<size_t>(query * references + reference)];
  }
  int64_t& lag_at(int64_t query, int64_t reference) {
    return lags[static_cast<size_t>(query * references + reference)];
  }
  int64_t lag_at(int64_t query, int64_t reference) const {
    return lags[static_cast<size_t>(query * references + reference)];
  }
  std::span<const float> row(int64_t query) const {
    return {scores.data() + query * references, static_cast<size_t>(references)};
  }
};

/// Called from worker threads, serialised, with the number of references finished.
using SearchProgress = std::function<void(int64_t done)>;

/// Exact search: each query's highest similarity to each reference over all lags. Parallel over references;
/// each worker holds one product of at most kProductRows query steps with one reference. The scores do not
/// depend on the number of threads. May be called from several threads at once.
/// @throws ShapeError where a sequence is empty or dims differ
ScoreMatrix search_sequences(std::span<const FingerprintSequence> queries,
                             std::span<const FingerprintSequence> references,
                             const Similarity& similarity = {}, const SearchProgress& progress = {});

/// The same where the sums of the references are known, which for a single query take as long as the search.
/// @param sums  [references] the sequence_sums of each
ScoreMatrix search_sequences(std::span<const FingerprintSequence> queries,
                             std::span<const FingerprintSequence> references,
                             std::span<const SequenceSums> sums, const Similarity& similarity,
                             const SearchProgress& progress);

/// The `count` best references of a row, best first; equal scores in the order of their index, NaN last.
std::vector<int64_t> best_references(std::span<const float> scores, int64_t count);

}  // namespace melomine::retrieval
