#pragma once

#include <filesystem>
#include <string>

#include "evaluation/evaluation.h"

namespace melomine::evaluation {

inline constexpr const char* kReportFile = "report.json";

/// How people write a metric: "top1" is Top-1, "mrr" MRR, "map" mAP.
std::string metric_title(const std::string& metric);

/// A row per system, a column per metric, each with its 95 % interval; the difference below.
std::string report_table(const EvaluationReport& report);

/// The whole report: settings, metrics with intervals, and every query's outcome.
std::string report_json(const EvaluationReport& report);

/// A line per query and system: system, query, targets (separated by spaces), rank (of the best target),
/// average_precision, score (of the best target), top1 (id of the best candidate), top1_score.
std::string report_csv(const EvaluationReport& report);

/// report.txt, report.json and queries.csv in `folder`, which is made. @throws DataError
void write_report(const EvaluationReport& report, const std::filesystem::path& folder);

}  // namespace melomine::evaluation
