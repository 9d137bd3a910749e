#pragma once

#include <filesystem>
#include <string>

#include "evaluation/evaluation_record.h"

namespace melomine::evaluation {

/// How people write a metric: "top1" is Top-1, "mrr" MRR, "map" mAP.
std::string metric_title(const std::string& metric);

/// A row per system, a column per metric, each with its 95 % interval; the differences below.
std::string report_table(const EvaluationRecord& record);

/// The whole report: settings, metrics with intervals, and every query's outcome.
std::string report_json(const EvaluationRecord& record);

/// A line per query and system: system, query, targets (separated by spaces), rank (of the best target),
/// average_precision, score (of the best target), top1 (id of the best candidate), top1_score.
std::string report_csv(const EvaluationRecord& record);

/// report.txt, report.json and queries.csv in `folder`, which is made. @throws DataError
void write_report(const EvaluationRecord& record, const std::filesystem::path& folder);

/// The same of what was just evaluated, and beside it the distance matrices that the settings ask for and
/// fingerprints.csv, where a system hears by an encoder. @returns what report.json holds  @throws DataError
EvaluationRecord write_report(const EvaluationReport& report, const std::filesystem::path& folder);

}  // namespace melomine::evaluation
