#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/fragment_groups.h"
#include "evaluation/evaluation_record.h"
#include "experiments/round_record.h"
#include "mining/mining_summary.h"

namespace melomine::report {

/// Points of a curve, in the order they were logged.
struct Series {
  std::string name;
  std::vector<double> x, y;  ///< same length
};

/// What lies in round_NN.
struct ReportedRound {
  int number = 0;
  std::map<std::string, Series> curves;  ///< by tag of metrics.jsonl
  std::vector<evaluation::EvaluationRecord> evaluations;
  std::optional<mining::MiningSummary> mining;
  std::vector<datasets::FragmentRow> mined;         ///< rows of mined.csv
  std::optional<experiments::RoundRecord> outcome;  ///< none until the loop is through with it

  const evaluation::EvaluationRecord* evaluation(const std::string& set) const;
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
  /// The set's baseline, of the first round that has one, as a rule round 0; nullptr without one.
  const evaluation::SystemRecord* baseline(const std::string& set) const;
  /// The last round that mined anything; nullptr without one.
  const ReportedRound* last_mined() const;
};

/// @throws DataError naming the damaged file, or where the folder is no run; ConfigError of experiment.yaml
RunRecord read_run(const std::filesystem::path& run);

}  // namespace melomine::report
