#include "evaluation/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/progress.h"
#include "core/text.h"
#include "retrieval/search.h"

namespace melomine::evaluation {
namespace {

using nlohmann::ordered_json;

/// What one system made of one query.
struct Outcome {
  double target_score = 0;
  int64_t top1 = 0;
  double top1_score = 0;
};

Outcome outcome_of(const EvaluationReport& report, const SystemResult& system, size_t query) {
  std::span<const float> row = system.scores.row(static_cast<int64_t>(query));
  std::vector<float> candidates(row.begin(), row.end());
  if (report.each_other) candidates[query] = std::numeric_limits<float>::quiet_NaN();  // sorts last
  Outcome outcome;
  outcome.top1 = retrieval::best_references(candidates, 1).front();
  outcome.top1_score = row[static_cast<size_t>(outcome.top1)];
  outcome.target_score = -std::numeric_limits<double>::infinity();
  for (const int64_t target : report.targets[query])
    outcome.target_score = std::max<double>(outcome.target_score, row[static_cast<size_t>(target)]);
  return outcome;
}

std::string row_of(const std::string& name, const std::vector<MetricEstimate>& metrics, bool sign) {
  std::string line = fmt::format("{:<12}", name);
  for (const auto& [metric, e] : metrics) {
    line += sign ? fmt::format("  {:+.3f} [{:+.2f},{:+.2f}]", e.mean, e.low, e.high)
                 : fmt::format("  {:>6.3f} [{:>5.2f},{:>5.2f}]", e.mean, e.low, e.high);
  }
  return line + "\n";
}

ordered_json metrics_json(const std::vector<MetricEstimate>& metrics) {
  ordered_json all;
  for (const auto& [name, e] : metrics) all[name] = {{"mean", e.mean}, {"low", e.low}, {"high", e.high}};
  return all;
}

ordered_json settings_json(const EvaluationConfig& config) {
  return {{"query_tempo_ratios", config.query_tempo_ratios},
          {"bootstrap_resamples", config.bootstrap_resamples},
          {"seed", config.seed},
          {"f0_tracker", config.f0.tracker},
          {"contour",
           {{"frame_rate_hz", config.contour.frame_rate_hz},
            {"tempo_scales", config.contour.tempo_scales},
            {"min_tempo_scale", config.contour.min_tempo_scale},
            {"max_tempo_scale", config.contour.max_tempo_scale},
            {"cap_semitones", config.contour.cap_semitones},
            {"centring_steps", config.contour.centring_steps}}}};
}

std::vector<std::string> target_ids(const EvaluationReport& report, size_t query) {
  std::vector<std::string> ids;
  for (const int64_t target : report.targets[query])
    ids.push_back(report.candidates[static_cast<size_t>(target)]);
  return ids;
}

}  // namespace

std::string metric_title(const std::string& metric) {
  if (metric.starts_with("top")) return "Top-" + metric.substr(3);
  return metric == "map" ? "mAP" : "MRR";
}

std::string report_table(const EvaluationReport& report) {
  std::string text =
      report.each_other ? fmt::format("{}: {} queries against each other", report.name, report.queries.size())
                        : fmt::format("{}: {} queries against {} references", report.name,
                                      report.queries.size(), report.candidates.size());
  if (!report.left_out.empty())
    text += fmt::format(" ({} queries without a reference left out)", report.left_out.size());
  text += fmt::format("\n{:<12}", "");
  if (!report.systems.empty())
    for (const auto& metric : report.systems.front().metrics)
      text += fmt::format("  {:<20}", metric_title(metric.name));
  while (text.ends_with(' ')) text.pop_back();
  text += "\n";
  for (const SystemResult& system : report.systems) text += row_of(system.name, system.metrics, false);
  if (!report.difference.empty()) text += row_of("difference", report.difference, true);
  text += "in brackets: bootstrap 95 % intervals over the queries;";
  for (const SystemResult& system : report.systems)
    text += fmt::format(" {}: {}", system.name, format_duration(system.wall_s));
  return text + "\n";
}

std::string report_json(const EvaluationReport& report) {
  ordered_json root;
  root["name"] = report.name;
  root["protocol"] = report.each_other ? "queries against each other" : "queries against references";
  root["queries"] = report.queries.size();
  root["candidates"] = report.candidates.size();
  root["left_out"] = report.left_out;
  root["settings"] = settings_json(report.config);
  root["systems"] = ordered_json::array();
  for (const SystemResult& system : report.systems) {
    ordered_json entry{
        {"name", system.name}, {"wall_s", system.wall_s}, {"metrics", metrics_json(system.metrics)}};
    for (size_t q = 0; q < report.queries.size(); ++q) {
      const Outcome outcome = outcome_of(report, system, q);
      entry["queries"].push_back({{"query", report.queries[q]},
                                  {"targets", target_ids(report, q)},
                                  {"rank", system.ranked[q].first_rank},
                                  {"average_precision", system.ranked[q].average_precision},
                                  {"score", outcome.target_score},
                                  {"top1", report.candidates[static_cast<size_t>(outcome.top1)]},
                                  {"top1_score", outcome.top1_score}});
    }
    root["systems"].push_back(std::move(entry));
  }
  if (!report.difference.empty()) root["difference"] = metrics_json(report.difference);
  return root.dump(2) + "\n";
}

std::string report_csv(const EvaluationReport& report) {
  std::string text =
      csv_line({"system", "query", "targets", "rank", "average_precision", "score", "top1", "top1_score"});
  for (const SystemResult& system : report.systems) {
    for (size_t q = 0; q < report.queries.size(); ++q) {
      const Outcome outcome = outcome_of(report, system, q);
      text +=
          csv_line({system.name, report.queries[q], fmt::format("{}", fmt::join(target_ids(report, q), " ")),
                    std::to_string(system.ranked[q].first_rank),
                    format_number(system.ranked[q].average_precision), format_number(outcome.target_score),
                    report.candidates[static_cast<size_t>(outcome.top1)], format_number(outcome.top1_score)});
    }
  }
  return text;
}

void write_report(const EvaluationReport& report, const std::filesystem::path& folder) {
  make_folder(folder);
  write_file_atomically(folder / "queries.csv", report_csv(report));
  write_file_atomically(folder / kReportFile, report_json(report));
  write_file_atomically(folder / "report.txt", report_table(report));
}

}  // namespace melomine::evaluation
