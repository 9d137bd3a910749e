#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/contour_match.h"
#include "retrieval/fixed_dtw.h"
#include "retrieval/fixed_match.h"

namespace melomine::retrieval {

/// A song that a faster search found, and where in it to look: all over it where there are no spans.
struct RerankCandidate {
  FixedView reference;
  std::span<const LagSpan> spans = {};
};

/// best_match of each candidate, in parallel. Does not depend on the number of threads.
/// @returns [candidates]
std::vector<SequenceMatch> rerank_matches(const FixedQuery& query,
                                          std::span<const RerankCandidate> candidates,
                                          const Similarity& similarity);

/// best_dtw of each reference, in parallel. Does not depend on the number of threads.
/// @param keep  the `keep` best have their scores; of the others those that were seen not to be among them
///              before they were finished have minus infinity. 0: all have their scores.
/// @returns [references]
std::vector<SequenceMatch> rerank_by_dtw(const FixedQuery& query, std::span<const FixedView> references,
                                         const Similarity& similarity, int64_t keep = 0);

/// A contour of a library, somebody else's, and the offsets in it to look at: all where there are none.
struct ContourCandidate {
  std::span<const float> semitones;
  std::span<const LagSpan> spans = {};
};

/// Matches of each candidate, in parallel. Does not depend on the number of threads.
/// @returns [candidates]
std::vector<ContourMatch> rerank_contours(const ContourQuery& query,
                                          std::span<const ContourCandidate> candidates);

}  // namespace melomine::retrieval
