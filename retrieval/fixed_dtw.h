#pragma once

#include <limits>

#include "retrieval/fixed_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// The best warping path of a query along a fixed reference, with its start as the lag: the score of
/// DtwSearch (retrieval/dtw_search.h) of the same sequences, to within the rounding of fixed point and of
/// single precision. Rows of zeros are rests. Cosine distances count as 0 at least.
/// @param similarity     its dtw_band and uncovered_cost; the rest is not looked at
/// @param give_up_under  minus infinity is returned in place of a score that is not above this, as soon as
/// that
///                       is certain
/// @throws ShapeError where the reference is empty or the dims differ
SequenceMatch best_dtw(const FixedQuery& query, FixedView reference, const Similarity& similarity,
                       double give_up_under = -std::numeric_limits<double>::infinity());

}  // namespace melomine::retrieval
