#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "configs/binder.h"
#include "core/progress.h"
#include "dsp/audio_buffer.h"
#include "dsp/f0.h"
#include "dsp/midi.h"
#include "retrieval/bootstrap.h"
#include "retrieval/contour_match.h"
#include "retrieval/embedder.h"
#include "retrieval/metrics.h"

namespace melomine::evaluation {

/// A recording or a score that takes part in an evaluation, loaded when it is its turn. Both functions may be
/// called from several threads at once for different items.
struct EvaluationItem {
  std::string id;
  std::function<dsp::AudioBuffer()> audio;        ///< what the model hears
  std::function<std::vector<dsp::Note>()> notes;  ///< a score: its contour needs no f0 tracker; may be empty
};

/// Queries, what they are matched with, and what counts as found.
struct EvaluationSet {
  std::string name;
  std::vector<EvaluationItem> queries;
  /// Empty: the queries are matched with each other, and a query is no candidate for itself.
  std::vector<EvaluationItem> references;
  std::vector<std::vector<int64_t>>
      targets;                        ///< [queries] indices of the correct candidates, at least one each
  std::vector<std::string> left_out;  ///< queries that a table has and that cannot be asked
};

struct EvaluationConfig {
  bool baseline = true;  ///< the row without learning
  dsp::F0Config f0;
  retrieval::ContourConfig contour;
  /// The model hears each query at these tempos (> 1 is faster) and its best score counts.
  std::vector<double> query_tempo_ratios{1.0};
  /// Ends of a query that lie this far under its loudest frame are cut before the model hears it: a hum
  /// starts when the singer does, and windows of silence have no counterpart in a reference. 0 = kept.
  double trim_queries_db = 30;
  int64_t bootstrap_resamples = 2000;
  int64_t seed = 0;  ///< of the bootstrap
};
void bind(configs::Binder& b, EvaluationConfig& c);

/// A metric (retrieval::all_metrics) with its bootstrap 95 % interval over the queries.
struct MetricEstimate {
  std::string name;
  retrieval::Estimate estimate;
};

struct SystemResult {
  std::string name;  ///< "no learning", "model"
  retrieval::ScoreMatrix scores;
  std::vector<retrieval::RankedQuery> ranked;  ///< [queries]
  std::vector<MetricEstimate> metrics;
  double wall_s = 0;  ///< loading, describing and searching

  /// Mean of a metric. @throws ConfigError for an unknown name
  double metric(std::string_view name) const;
};

struct EvaluationReport {
  std::string name;
  std::vector<std::string> queries, candidates;  ///< ids
  std::vector<std::vector<int64_t>> targets;
  std::vector<std::string> left_out;
  bool each_other = false;
  EvaluationConfig config;
  std::vector<SystemResult> systems;       ///< the baseline first
  std::vector<MetricEstimate> difference;  ///< model minus baseline on the same queries; empty without both
};

/// Ranks the candidates of every query by the baseline and, unless it is null, by the model: fingerprint
/// sequences, maximal Pearson correlation over all lags. Each candidate is embedded once.
/// @throws ConfigError for a set without queries or systems, whatever an item's own functions throw
EvaluationReport evaluate(const EvaluationSet& set, const retrieval::Embedder* model,
                          const EvaluationConfig& config, RunObserver& observer);

}  // namespace melomine::evaluation
