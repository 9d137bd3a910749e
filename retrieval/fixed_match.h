#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/fixed_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// The best lag of those in the spans, or of all where there are none: what search_sequences finds of the
/// same sequences, to within the rounding of fixed point. Rows of zeros are rests. Its score is minus
/// infinity where no lag lies in any span. The same lag has exactly the same score whatever the spans.
/// @throws ShapeError   where the reference is empty or the dims differ
/// @throws ConfigError  for kDtw, which knows no lags (best_dtw)
SequenceMatch best_match(const FixedQuery& query, FixedView reference, std::span<const LagSpan> spans,
                         const Similarity& similarity);

/// Asks memory for what best_match of the same arguments begins with, to be called some microseconds ahead.
void prefetch_match(const FixedQuery& query, FixedView reference, std::span<const LagSpan> spans);

/// The `count` best lags, best first, each at least `apart_steps` from all that are better; fewer where there
/// are no more.
std::vector<SequenceMatch> best_matches(const FixedQuery& query, FixedView reference,
                                        std::span<const LagSpan> spans, const Similarity& similarity,
                                        int64_t count, int64_t apart_steps);

}  // namespace melomine::retrieval
