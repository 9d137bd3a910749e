#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/fragment_groups.h"
#include "experiments/round_record.h"
#include "retrieval/bootstrap.h"

namespace melomine::report {

/// Points of a curve, in the order they were logged.
struct Series {
  std::string name;
  std::vector<double> x, y;  ///< same length
};

/// One system of a set's report.json.
struct SystemRecord {
  std::map<std::string, retrieval::Estimate> metrics;  ///< by name: mrr, top1, …; intervals over the queries
  std::map<std::string, retrieval::Estimate> by_song;  ///< the same with intervals over the queries' songs
  std::vector<std::string> queries;
  std::vector<int64_t> ranks;  ///< of each query's best target, 1 = best
  /// NaN where the report has no such metric.
  retrieval::Estimate metric(const std::string& key) const;
};

/// report.json of one evaluation set.
struct EvaluationRecord {
  std::string name;
  int64_t queries = 0, candidates = 0;
  bool each_other = false;  ///< queries are matched with each other
  std::optional<SystemRecord> no_learning, model;
  retrieval::BootstrapOptions bootstrap;
};

/// A figure of mining with what it was counted from.
struct FigureRecord {
  retrieval::Estimate estimate;  ///< NaN: nothing to count
  int64_t hits = 0, of = 0;
};

/// Counts in bins of equal width over [low, high].
struct HistogramRecord {
  double low = 0, high = 1;
  std::vector<int64_t> counts;
  double bin_width() const { return (high - low) / static_cast<double>(counts.size()); }
};

struct QualityRecord {
  std::map<std::string, FigureRecord> figures;  ///< by the key in summary.json: relevant_precision, recall, …
  struct Bin {
    double low = 0, high = 0;  ///< of the correlation
    FigureRecord precision;
  };
  std::vector<Bin> bins;
  HistogramRecord alignment_errors_s;  ///< of the correct pairs; without counts where the file has none
  /// NaN where the run has no such figure.
  FigureRecord figure(const std::string& key) const;
};

struct ThresholdRecord {
  double relevant = 0, precision = 0, recall = 0;  ///< NaN where nothing was counted
};

/// summary.json of a round's mining.
struct MiningRecord {
  std::string model_sha256, config_sha256;
  std::map<std::string, double> yield;  ///< by key: songs, covers, groups, relevant, relevant_hours, …
  HistogramRecord histogram;            ///< candidates by correlation
  double relevant = 0, irrelevant = 0;  ///< β_rel, β_irrel
  std::optional<QualityRecord> quality;
  std::vector<ThresholdRecord> threshold_curve;
  std::vector<std::pair<std::string, std::string>> set_aside;  ///< recording_id, reason
  /// A number of `yield`, NaN where the file has none.
  double yielded(const std::string& key) const;
};

/// What lies in round_NN.
struct ReportedRound {
  int number = 0;
  std::map<std::string, Series> curves;  ///< by tag of metrics.jsonl
  std::vector<EvaluationRecord> evaluations;
  std::optional<MiningRecord> mining;
  std::vector<datasets::FragmentRow> mined;         ///< rows of mined.csv
  std::optional<experiments::RoundRecord> outcome;  ///< none until the loop is through with it

  const EvaluationRecord* evaluation(const std::string& set) const;
};

/// What lies in a run's folder, as far as it is there.
struct RunRecord {
  std::string name;
  std::string config_yaml, provenance;  ///< as they stand in the files, "" when absent
  std::string started_utc, command;     ///< of provenance.json
  std::filesystem::path shards, truth;  ///< data.shards, data.time_maps
  std::vector<std::string> sets;        ///< evaluation sets, in the experiment's order, then by name
  std::vector<ReportedRound> rounds;    ///< ascending

  /// The round whose model mines in this one.
  int miner_of(int round) const;
  /// The set's row without learning, of the first round that has one, as a rule round 0; nullptr without one.
  const SystemRecord* no_learning(const std::string& set) const;
  /// The last round that mined anything; nullptr without one.
  const ReportedRound* last_mined() const;
};

/// @throws DataError naming the damaged file, or where the folder is no run; ConfigError of experiment.yaml
RunRecord read_run(const std::filesystem::path& run);

}  // namespace melomine::report
