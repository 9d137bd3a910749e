#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/evaluation.h"

namespace melomine::evaluation {

inline constexpr const char* kReportFile = "report.json";
inline constexpr const char* kReportTableFile = "report.txt";
inline constexpr const char* kQueryOutcomesFile = "queries.csv";

/// Names of the systems that the catalogue has.
inline constexpr const char* kBaselineName = "baseline";
inline constexpr const char* kModelName = "model";

/// How a system did with one query.
struct QueryRecord {
  std::string query, song;
  std::vector<std::string> targets;  ///< ids
  int64_t rank = 0;                  ///< of the best target, 1 = best
  double average_precision = 0;
  double score = 0;           ///< of the best target; NaN where it was not found
  std::string best_target{};  ///< its id; "" where none was found, or an older report does not say
  double start_s = 0;         ///< of the query in it; NaN likewise
  std::string top1;           ///< id of the best candidate; "" and NaN where there is none
  double top1_score = 0, top1_start_s = 0;
};

struct SystemRecord {
  std::string name;
  double wall_s = 0;
  std::vector<MetricEstimate> metrics;
  std::vector<QueryRecord> queries;
  /// Null where the report has no such metric.
  const MetricEstimate* metric(const std::string& metric_name) const;
};

/// report.json of one evaluation set, described in docs/evaluate.md.
struct EvaluationRecord {
  std::string name;
  MatchQueriesWith match_with = MatchQueriesWith::kReferences;
  int64_t queries = 0, songs = 0, candidates = 0;
  std::vector<std::string> left_out, files_left_out;
  std::vector<BrokenItem> broken;
  std::vector<RepairedItem> repaired;
  std::optional<layouts::Checklist> availability{};  ///< of a published set
  std::vector<std::string> shown_metrics{};          ///< EvaluationSet::shown_metrics
  nlohmann::ordered_json sources;                    ///< EvaluationSources; null in reports before
  nlohmann::ordered_json settings;  ///< EvaluationConfig as the version that wrote it knew it
  std::vector<SystemRecord> systems;
  std::vector<MetricEstimate> difference;       ///< model minus baseline; empty without both
  std::vector<SystemDifference> differences{};  ///< of every two that were compared; older reports have none

  /// Null where the set was not searched by it.
  const SystemRecord* system(const std::string& system_name) const;
  /// The first baseline and the first system that hears by the run's own encoder, whatever their names.
  const SystemRecord* baseline() const { return first_of(kBaselineName); }
  const SystemRecord* model() const { return first_of(kModelName); }
  /// The systems that are neither of the two.
  std::vector<const SystemRecord*> others() const;
  /// As the intervals were drawn.
  retrieval::BootstrapOptions bootstrap() const;

 private:
  /// The first of a kind, with the run's own encoder if it needs one.
  const SystemRecord* first_of(const std::string& type) const;
};

/// What of a report is kept.
EvaluationRecord record_of(const EvaluationReport& report);

void to_json(nlohmann::ordered_json& json, const EvaluationRecord& record);
/// Reports of older versions lack some of it. @throws nlohmann::json::exception where it is no report
void from_json(const nlohmann::ordered_json& json, EvaluationRecord& record);

}  // namespace melomine::evaluation
