#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/fingerprint_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// All queries end to end, so that one product serves several short ones.
struct QueryBlock {
  std::vector<float> values;        ///< [steps, dim]
  std::vector<int64_t> first_step;  ///< [queries + 1]
  std::vector<SequenceSums> sums;   ///< [queries]
  int64_t dim = 0;

  int64_t steps() const { return first_step.back(); }
  int64_t steps_of(size_t query) const { return first_step[query + 1] - first_step[query]; }
};

/// @throws ShapeError where one is empty or the dims differ
QueryBlock join_queries(std::span<const FingerprintSequence> queries);

}  // namespace melomine::retrieval
