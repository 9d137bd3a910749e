#pragma once

#include <cstdint>
#include <vector>

#include "retrieval/dtw.h"
#include "retrieval/query_block.h"
#include "retrieval/search.h"

namespace melomine::retrieval {

/// One reference against all queries by dynamic time warping: minus the mean cost of a query's steps, the
/// cosine distance of what each meets. A step of the query that does not count costs nothing; one on a rest
/// of the reference costs 1, as what is like nothing does, and Similarity::uncovered_cost. Every reference
/// can be stretched along a query, so a short one leaves nothing uncovered; with a band it does, and steps
/// beyond its ends are on a rest. A query without a step that counts scores as one that meets rests alone.
class DtwSearch {
 public:
  /// All outlive it. @param products  for inner products, reused between references
  DtwSearch(const QueryBlock& block, const FingerprintSequence& reference, const Similarity& similarity,
            std::vector<float>& products)
      : block_(block), reference_(reference), similarity_(similarity), products_(products) {}

  /// Column r of the scores, with the start of each path as its lag.
  void fill(ScoreMatrix& scores, int64_t r);

 private:
  template <class Rows>
  SequenceMatch match(size_t query, Rows rows, int64_t margin);
  void take_costs(const float* products, int64_t margin);

  const QueryBlock& block_;
  const FingerprintSequence& reference_;
  const Similarity& similarity_;
  std::vector<float>& products_;
  int64_t multiplied_ = 0;     ///< steps of the block whose products have been made
  std::vector<double> costs_;  ///< of one step of a query
};

}  // namespace melomine::retrieval
