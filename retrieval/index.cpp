#include "retrieval/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace melomine::retrieval {

void sort_hits(Ranking& hits) {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    const bool a_nan = std::isnan(a.score), b_nan = std::isnan(b.score);
    if (a_nan != b_nan) return b_nan;
    if (!a_nan && a.score != b.score) return a.score > b.score;
    return a.reference < b.reference;
  });
}

std::vector<Ranking> rankings_of(const ScoreMatrix& scores, double hop_s, int64_t count) {
  std::vector<Ranking> rankings(static_cast<size_t>(scores.queries));
  for (int64_t q = 0; q < scores.queries; ++q)
    for (const int64_t r : best_references(scores.row(q), count))
      rankings[static_cast<size_t>(q)].push_back(
          {.reference = r,
           .score = scores.at(q, r),
           .start_s = static_cast<double>(scores.lag_at(q, r)) * hop_s});
  return rankings;
}

void ExactIndex::add(FingerprintSequence reference) {
  const int64_t dim = references_.empty() ? reference.dim : references_.front().dim;
  if (reference.steps < 1 || reference.dim != dim)
    throw ShapeError(fmt::format("[index] reference {} is [{}, {}], the first one has {} numbers a step",
                                 references_.size(), reference.steps, reference.dim, dim));
  references_.push_back(std::move(reference));
}

std::vector<Ranking> ExactIndex::search(std::span<const FingerprintSequence> queries, int64_t count,
                                        const SearchProgress& progress) const {
  const double hop_s = references_.empty() ? 0 : references_.front().hop_s;
  return rankings_of(search_sequences(queries, references_, similarity_, progress), hop_s, count);
}

}  // namespace melomine::retrieval
