#include "retrieval/rerank.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/cancellation.h"

namespace melomine::retrieval {
namespace {

/// Candidates that a worker takes at once.
constexpr int64_t kGrain = 16;
/// References of which none gives up for the sake of another: what they found is known to all after them.
constexpr int64_t kDtwRound = 256;

/// Calls work(i) for first <= i < last.
template <class Work>
void for_each(int64_t first, int64_t last, const Work& work) {
  tbb::parallel_for(tbb::blocked_range<int64_t>(first, last, kGrain), [&](const auto& range) {
    throw_if_cancelled();
    for (int64_t i = range.begin(); i < range.end(); ++i) work(static_cast<size_t>(i));
  });
}

}  // namespace

std::vector<SequenceMatch> rerank_matches(const FixedQuery& query,
                                          std::span<const RerankCandidate> candidates,
                                          const Similarity& similarity) {
  std::vector<SequenceMatch> matches(candidates.size());
  for_each(0, static_cast<int64_t>(candidates.size()), [&](size_t i) {
    if (i + 1 < candidates.size())
      prefetch_match(query, candidates[i + 1].reference, candidates[i + 1].spans);
    matches[i] = best_match(query, candidates[i].reference, candidates[i].spans, similarity);
  });
  return matches;
}

std::vector<SequenceMatch> rerank_by_dtw(const FixedQuery& query, std::span<const FixedView> references,
                                         const Similarity& similarity, int64_t keep) {
  std::vector<SequenceMatch> matches(references.size());
  std::vector<double> best;  // the `keep` highest scores so far, the least of them first
  double least = -std::numeric_limits<double>::infinity();
  const auto count = static_cast<int64_t>(references.size());
  const int64_t round = keep > 0 ? kDtwRound : std::max<int64_t>(count, 1);
  for (int64_t first = 0; first < count; first += round) {
    const int64_t last = std::min(first + round, count);
    for_each(first, last, [&](size_t i) { matches[i] = best_dtw(query, references[i], similarity, least); });
    for (int64_t i = first; i < last && keep > 0; ++i) {
      best.push_back(matches[static_cast<size_t>(i)].score);
      std::push_heap(best.begin(), best.end(), std::greater<>());
      if (static_cast<int64_t>(best.size()) <= keep) continue;
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.pop_back();
    }
    if (keep > 0 && static_cast<int64_t>(best.size()) == keep) least = best.front();
  }
  return matches;
}

std::vector<ContourMatch> rerank_contours(const ContourQuery& query,
                                          std::span<const ContourCandidate> candidates) {
  std::vector<ContourMatch> matches(candidates.size());
  for_each(0, static_cast<int64_t>(candidates.size()),
           [&](size_t i) { matches[i] = query.match(candidates[i].semitones, candidates[i].spans); });
  return matches;
}

}  // namespace melomine::retrieval
