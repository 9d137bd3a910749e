#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/system.h"
#include "retrieval/bootstrap.h"
#include "retrieval/embedder.h"
#include "retrieval/metrics.h"

namespace melomine::evaluation {

/// A metric (retrieval::all_metrics) with its bootstrap 95 % intervals.
struct MetricEstimate {
  std::string name;
  retrieval::Estimate estimate;  ///< over the queries
  retrieval::Estimate by_song;   ///< the same mean, over the songs: hums of one song stand or fall together
};

struct SystemResult {
  std::string name;                            ///< "baseline", "model", or as the set calls it
  std::vector<retrieval::RankedQuery> ranked;  ///< [queries]
  std::vector<retrieval::Ranking> best;        ///< [queries] the first kBestHits candidates
  std::vector<double> target_scores;           ///< [queries] of the best target; -infinity where not found
  std::vector<double> target_starts_s;         ///< [queries] of the query in it; NaN where not found
  std::vector<int64_t> best_targets;           ///< [queries] among the candidates; -1 where not found
  std::vector<MetricEstimate> metrics;
  double wall_s = 0;  ///< loading, describing and searching; of one made of others, the rest alone
  std::vector<retrieval::Ranking> rankings{};  ///< [queries] all of them, where the settings keep them
  /// Of one that hears by an encoder, where a few of its fingerprints lie.
  std::vector<ProjectedFingerprint> fingerprints{};

  /// Mean of a metric. @throws ConfigError for an unknown name
  double metric(std::string_view name) const;
};

/// Metrics of one system minus those of another on the same queries.
struct SystemDifference {
  std::string of, minus;  ///< names
  std::vector<MetricEstimate> metrics;
};

/// Hits of a query that a report keeps.
inline constexpr int64_t kBestHits = 10;

struct EvaluationReport {
  std::string name;
  MatchQueriesWith match_with = MatchQueriesWith::kReferences;
  std::vector<std::string> queries, candidates;       ///< ids; candidates as they are folded
  std::vector<std::vector<int64_t>> targets;          ///< [queries]
  std::vector<std::string> songs;                     ///< [queries]
  std::vector<std::string> left_out, files_left_out;  ///< as in the set
  std::vector<BrokenItem> broken;                     ///< as in the set
  std::vector<RepairedItem> repaired;                 ///< as the systems heard them
  EvaluationSources sources;                          ///< as in the set
  std::optional<layouts::Checklist> availability{};   ///< as in the set
  std::vector<std::string> shown_metrics{};           ///< as in the set
  EvaluationConfig config;
  std::vector<SystemResult> systems;       ///< in the order chosen
  std::vector<MetricEstimate> difference;  ///< model minus baseline on the same queries; empty without both
  std::vector<SystemDifference> differences{};  ///< of the systems that evaluation/difference.h compares

  /// Null where it was not asked. @param wanted  its name
  const SystemResult* system(std::string_view wanted) const;
  /// Different songs that the queries are of.
  int64_t song_count() const;
};

/// Ranks the candidates of every query by each system and judges the ranks.
/// @throws ConfigError for a set without queries or without systems, whatever an item's own functions throw
EvaluationReport evaluate(const EvaluationSet& set, std::span<const NamedSystem> systems,
                          const EvaluationConfig& config, RunObserver& observer);

/// By the systems that the settings ask for (make_systems).
EvaluationReport evaluate(const EvaluationSet& set, const EmbedderOf& embedder,
                          const EvaluationConfig& config, RunObserver& observer);

/// The same with the run's own encoder alone. @param model  may be null
EvaluationReport evaluate(const EvaluationSet& set, const retrieval::Embedder* model,
                          const EvaluationConfig& config, RunObserver& observer);

}  // namespace melomine::evaluation
