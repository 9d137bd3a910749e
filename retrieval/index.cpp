#include "retrieval/index.h"

#include <algorithm>
#include <cmath>

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

}  // namespace melomine::retrieval
