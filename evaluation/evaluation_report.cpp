#include "evaluation/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "core/text.h"

namespace melomine::evaluation {
namespace {

using nlohmann::ordered_json;

/// Indent of what stands below a system's name.
constexpr const char* kBySong = " by song";

/// Id and score of the first candidate; "" and NaN where a system found none.
struct First {
  std::string id;
  double score = std::numeric_limits<double>::quiet_NaN();
  double start_s = std::numeric_limits<double>::quiet_NaN();
};

First first_of(const EvaluationReport& report, const SystemResult& system, size_t query) {
  if (system.best[query].empty()) return {};
  const retrieval::Hit& hit = system.best[query].front();
  return {report.candidates[static_cast<size_t>(hit.reference)], hit.score, hit.start_s};
}

enum class Sign { kPlain, kAlways };

/// The metrics, and below them their intervals over the songs.
std::string rows_of(const std::string& name, const std::vector<MetricEstimate>& metrics, Sign sign) {
  std::string line = fmt::format("{:<12}", name), below = fmt::format("{:<12}", kBySong);
  for (const auto& [metric, e, by_song] : metrics) {
    if (sign == Sign::kAlways) {
      line += fmt::format("  {:+.3f} [{:+.2f},{:+.2f}]", e.mean, e.low, e.high);
      below += fmt::format("  {:6} [{:+.2f},{:+.2f}]", "", by_song.low, by_song.high);
    } else {
      line += fmt::format("  {:>6.3f} [{:>5.2f},{:>5.2f}]", e.mean, e.low, e.high);
      below += fmt::format("  {:6} [{:>5.2f},{:>5.2f}]", "", by_song.low, by_song.high);
    }
  }
  return line + "\n" + below + "\n";
}

ordered_json json_of(const configs::Value& value) {
  ordered_json json;
  if (value.is_map())
    for (size_t i = 0; i < value.items.size(); ++i) json[value.keys[i]] = json_of(value.items[i]);
  if (value.is_list()) {
    json = ordered_json::array();
    for (const configs::Value& item : value.items) json.push_back(json_of(item));
  }
  if (!value.is_scalar()) return json;
  // What is JSON as it stands is a number or a boolean; anything else is a text.
  json = value.quoted ? ordered_json(value.text) : ordered_json::parse(value.text, nullptr, false);
  return json.is_discarded() ? ordered_json(value.text) : json;
}

/// Every setting, by the bind that reads them: none can be forgotten.
ordered_json settings_json(const EvaluationConfig& config) {
  return json_of(configs::parse_document(configs::to_yaml(config), "settings"));
}

ordered_json metrics_json(const std::vector<MetricEstimate>& metrics) {
  ordered_json all;
  for (const auto& [name, e, by_song] : metrics)
    all[name] = {{"mean", e.mean},
                 {"low", e.low},
                 {"high", e.high},
                 {"by_song", {{"low", by_song.low}, {"high", by_song.high}}}};
  return all;
}

std::vector<std::string> target_ids(const EvaluationReport& report, size_t query) {
  std::vector<std::string> ids;
  for (const int64_t target : report.targets[query])
    ids.push_back(report.candidates[static_cast<size_t>(target)]);
  return ids;
}

std::string role_of(const BrokenItem& item) {
  return item.role == BrokenItem::Role::kQuery ? "query" : "reference";
}

/// A line that counts, a line for each of the first few.
std::string broken_lines(const std::vector<BrokenItem>& broken) {
  constexpr size_t kShown = 10;
  const auto queries = std::count_if(broken.begin(), broken.end(), [](const BrokenItem& item) {
    return item.role == BrokenItem::Role::kQuery;
  });
  const auto references = static_cast<int64_t>(broken.size()) - queries;
  std::string text = fmt::format("\n{} queries and {} references left out as broken:", queries, references);
  for (size_t i = 0; i < std::min(kShown, broken.size()); ++i)
    text += fmt::format("\n  {} '{}': {}", role_of(broken[i]), broken[i].id, broken[i].reason);
  if (broken.size() > kShown) text += fmt::format("\n  … {} more in report.json", broken.size() - kShown);
  return text;
}

ordered_json broken_json(const std::vector<BrokenItem>& broken) {
  ordered_json all = ordered_json::array();
  for (const BrokenItem& item : broken)
    all.push_back({{"role", role_of(item)}, {"id", item.id}, {"reason", item.reason}});
  return all;
}

std::string shortened(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const size_t shown = std::min(kShown, names.size());
  const std::string rest = shown < names.size() ? fmt::format(", … {} more", names.size() - shown) : "";
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<int64_t>(shown), ", "),
                     rest);
}

}  // namespace

std::string metric_title(const std::string& metric) {
  if (metric.starts_with("top")) return "Top-" + metric.substr(3);
  return metric == "map" ? "mAP" : "MRR";
}

std::string report_table(const EvaluationReport& report) {
  std::string text =
      report.match_with == MatchQueriesWith::kEachOther
          ? fmt::format("{}: {} queries against each other", report.name, report.queries.size())
          : fmt::format("{}: {} queries against {} references", report.name, report.queries.size(),
                        report.candidates.size());
  if (!report.left_out.empty())
    text += fmt::format(" ({} queries without a reference left out)", report.left_out.size());
  if (!report.files_left_out.empty())
    text += fmt::format("\n{} files of the references' folders left out, neither audio nor MIDI: {}",
                        report.files_left_out.size(), shortened(report.files_left_out));
  if (!report.broken.empty()) text += broken_lines(report.broken);
  text += fmt::format("\n{:<12}", "");
  if (!report.systems.empty())
    for (const auto& metric : report.systems.front().metrics)
      text += fmt::format("  {:<20}", metric_title(metric.name));
  while (text.ends_with(' ')) text.pop_back();
  text += "\n";
  for (const SystemResult& system : report.systems)
    text += rows_of(system.name, system.metrics, Sign::kPlain);
  if (!report.difference.empty()) text += rows_of("difference", report.difference, Sign::kAlways);
  text += fmt::format("in brackets: bootstrap 95 % intervals over the queries, below them over the {} songs;",
                      report.song_count());
  for (const SystemResult& system : report.systems)
    text += fmt::format(" {}: {}", system.name, format_duration(system.wall_s));
  return text + "\n";
}

std::string report_json(const EvaluationReport& report) {
  ordered_json root;
  root["name"] = report.name;
  root["protocol"] = report.match_with == MatchQueriesWith::kEachOther ? "queries against each other"
                                                                       : "queries against references";
  root["queries"] = report.queries.size();
  root["songs"] = report.song_count();
  root["candidates"] = report.candidates.size();
  root["left_out"] = report.left_out;
  root["files_left_out"] = report.files_left_out;
  root["broken"] = broken_json(report.broken);
  root["settings"] = settings_json(report.config);
  root["systems"] = ordered_json::array();
  for (const SystemResult& system : report.systems) {
    ordered_json entry{
        {"name", system.name}, {"wall_s", system.wall_s}, {"metrics", metrics_json(system.metrics)}};
    for (size_t q = 0; q < report.queries.size(); ++q) {
      const First first = first_of(report, system, q);
      entry["queries"].push_back({{"query", report.queries[q]},
                                  {"song", report.songs[q]},
                                  {"targets", target_ids(report, q)},
                                  {"rank", system.ranked[q].first_rank},
                                  {"average_precision", system.ranked[q].average_precision},
                                  {"score", system.target_scores[q]},
                                  {"top1", first.id},
                                  {"top1_score", first.score},
                                  {"top1_start_s", first.start_s}});
    }
    root["systems"].push_back(std::move(entry));
  }
  if (!report.difference.empty()) root["difference"] = metrics_json(report.difference);
  return json_text(root, 2) + "\n";
}

std::string report_csv(const EvaluationReport& report) {
  std::string text =
      csv_line({"system", "query", "targets", "rank", "average_precision", "score", "top1", "top1_score"});
  for (const SystemResult& system : report.systems) {
    for (size_t q = 0; q < report.queries.size(); ++q) {
      const First first = first_of(report, system, q);
      text += csv_line(
          {system.name, report.queries[q], fmt::format("{}", fmt::join(target_ids(report, q), " ")),
           std::to_string(system.ranked[q].first_rank), format_number(system.ranked[q].average_precision),
           format_number(system.target_scores[q]), first.id, format_number(first.score)});
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
