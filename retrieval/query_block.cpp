#include "retrieval/query_block.h"

#include <fmt/format.h>

#include "core/error.h"

namespace melomine::retrieval {

QueryBlock join_queries(std::span<const FingerprintSequence> queries) {
  QueryBlock block;
  block.dim = queries.empty() ? 0 : queries[0].dim;
  block.first_step.push_back(0);
  for (size_t q = 0; q < queries.size(); ++q) {
    if (queries[q].steps < 1 || queries[q].dim != block.dim)
      throw ShapeError(fmt::format("[search] query {} is [{}, {}], the first one has {} numbers a step", q,
                                   queries[q].steps, queries[q].dim, block.dim));
    block.first_step.push_back(block.first_step.back() + queries[q].steps);
    block.values.insert(block.values.end(), queries[q].values.begin(), queries[q].values.end());
    block.sums.push_back(sequence_sums(view(queries[q])));
  }
  return block;
}

}  // namespace melomine::retrieval
