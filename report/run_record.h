#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/fragment_groups.h"
#include "evaluation/evaluation_record.h"
#include "evaluation/fingerprint_sample.h"
#include "experiments/leaks.h"
#include "experiments/round_record.h"
#include "mining/mining_summary.h"
#include "review/verdict_log.h"

namespace melomine::experiments {
struct ExperimentConfig;
}

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
  std::map<std::string, double> seconds;            ///< by stage; of the call that finished it
  std::map<std::string, std::vector<evaluation::ProjectedFingerprint>> fingerprints;  ///< by set
  std::string encoder;  ///< path of its checkpoint in the run's folder; "" where there is none

  /// Whether the loop went on with another encoder.
  bool rejected() const { return outcome && !outcome->accepted; }
  const evaluation::EvaluationRecord* evaluation(const std::string& set) const;
};

/// What lies in a run's folder, as far as it is there.
struct RunRecord {
  std::string name;
  std::string config_yaml, provenance;  ///< as they stand in the files, "" when absent
  std::shared_ptr<const experiments::ExperimentConfig> experiment;  ///< null when absent
  std::string started_utc, command;                                 ///< of provenance.json
  std::filesystem::path shards, truth;                              ///< data.shards, data.time_maps
  std::vector<std::string> sets;      ///< evaluation sets, in the experiment's order, then by name
  std::vector<ReportedRound> rounds;  ///< ascending
  std::filesystem::path folder;       ///< where its experiment says that it lies; "" without one
  std::optional<std::vector<experiments::Leak>> leaks;  ///< none where nothing was compared
  review::VerdictLog verdicts;                          ///< of people, on mined pairs
  int64_t warnings = 0;                                 ///< lines of run.log

  /// The round whose encoder is the run's result: the last one that has one and was not rejected; nullptr
  /// without one.
  const ReportedRound* in_force() const;

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
