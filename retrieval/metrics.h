#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "retrieval/index.h"

namespace melomine::retrieval {

/// What counts as found for one query.
struct Relevance {
  std::vector<int64_t> targets;   ///< indices of the correct references, at least one
  std::vector<int64_t> excluded;  ///< indices that are no candidates at all: the query itself
};

/// Where one query's targets came out. Ties are settled against us: a target ranks behind every wrong
/// reference of the same score, so a system that gives everything one score is last, not first. A score that
/// is NaN ranks last.
struct RankedQuery {
  int64_t first_rank = 0;        ///< 1 = best, of the best target
  double average_precision = 0;  ///< mean over the targets of (targets up to its rank) / rank
  int64_t first_ten = 0;         ///< targets among the first ten candidates
  /// Mean over the targets of (wrong references ahead of it) / (wrong references), 0 where none is wrong.
  double wrong_ahead = 0;
};

/// @param scores  [references], higher is more alike
/// @throws ShapeError without a target, or for an index out of range
RankedQuery rank_query(std::span<const float> scores, const Relevance& relevance);
/// The same of hits; references that are not among them rank last.
/// @param references  how many there are
RankedQuery rank_query(std::span<const Hit> hits, int64_t references, const Relevance& relevance);

/// The numbers a system is judged by; each is the mean over the queries of `value`.
struct Metric {
  std::string_view name;  ///< "top1", …
  double (*value)(const RankedQuery&);
};
/// top1, top3, top5, top10, top100 (share of queries whose first target is among the first k), mrr (of the
/// first target) and map; then those that some papers report beside them: mr1 (rank of the first target),
/// mrr10 (mrr, 0 past rank 10), p10 (share of the first ten that are targets), right10 (how many of the first
/// ten are) and nar (normalised average rank, 100 · wrong_ahead: 0 is best). Of mr1 and nar less is better.
std::span<const Metric> all_metrics();
/// The first seven of them, which every report shows.
inline constexpr size_t kUsualMetrics = 7;

/// [queries] a metric's value of each query.
std::vector<double> metric_values(const Metric& metric, std::span<const RankedQuery> queries);

}  // namespace melomine::retrieval
