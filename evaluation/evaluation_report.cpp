#include "evaluation/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "core/text.h"
#include "evaluation/distance_matrix.h"

namespace melomine::evaluation {
namespace {

/// Indent of what stands below a system's name.
constexpr const char* kBySong = " by song";

enum class Sign { kPlain, kAlways };

/// Fewer decimals where the number is long: a rank, say.
std::string number_of(double value, int width, int decimals, Sign sign) {
  constexpr double kLong = 100, kLonger = 10000;
  const double size = std::abs(value);
  if (size >= kLonger)
    decimals = 0;
  else if (size >= kLong)
    decimals = 1;
  return sign == Sign::kAlways ? fmt::format("{:>+{}.{}f}", value, width, decimals)
                               : fmt::format("{:>{}.{}f}", value, width, decimals);
}

/// 13 characters, a dash where there is no interval.
std::string bounds_of(const retrieval::Estimate& e, Sign sign) {
  if (!std::isfinite(e.low) || !std::isfinite(e.high)) return fmt::format("{:>13}", "-");
  return fmt::format("[{},{}]", number_of(e.low, 5, 2, sign), number_of(e.high, 5, 2, sign));
}

/// What a difference's row is called; that of the two systems which are always there has no need to name
/// them.
std::string title_of(const SystemDifference& difference) {
  return difference.of == kModelName && difference.minus == kBaselineName
             ? "difference"
             : fmt::format("{} - {}", difference.of, difference.minus);
}

/// Columns of the names that stand before the metrics, counted in bytes.
size_t name_width(const EvaluationRecord& report) {
  constexpr size_t kLeast = 12;
  size_t width = kLeast;
  for (const SystemRecord& system : report.systems) width = std::max(width, system.name.size() + 1);
  for (const SystemDifference& one : report.differences) width = std::max(width, title_of(one).size() + 1);
  return width;
}

/// The metrics, and below them their intervals over the songs.
std::string rows_of(const std::string& name, size_t width, const std::vector<MetricEstimate>& metrics,
                    const std::vector<std::string>& shown, Sign sign) {
  std::string line = fmt::format("{:<{}}", name, width), below = fmt::format("{:<{}}", kBySong, width);
  for (const auto& [metric, e, by_song] : metrics) {
    if (std::find(shown.begin(), shown.end(), metric) == shown.end()) continue;
    line += fmt::format("  {} {}", number_of(e.mean, 6, 3, sign), bounds_of(e, sign));
    below += fmt::format("  {:6} {}", "", bounds_of(by_song, sign));
  }
  return line + "\n" + below + "\n";
}

/// A line that counts, a line for each of the first few; nothing where there are none.
template <class Item>
std::string item_lines(const std::vector<Item>& items, std::string_view fate, std::string Item::*said) {
  constexpr size_t kShown = 10;
  if (items.empty()) return {};
  const auto queries = std::count_if(items.begin(), items.end(),
                                     [](const Item& item) { return item.role == ItemRole::kQuery; });
  const auto references = static_cast<int64_t>(items.size()) - queries;
  std::string text = fmt::format("\n{} queries and {} references {}:", queries, references, fate);
  for (size_t i = 0; i < std::min(kShown, items.size()); ++i)
    text += fmt::format("\n  {} '{}': {}", items[i].role == ItemRole::kQuery ? "query" : "reference",
                        items[i].id, items[i].*said);
  if (items.size() > kShown) text += fmt::format("\n  … {} more in report.json", items.size() - kShown);
  return text;
}

/// Metrics that the table has columns for: those of every report, or those that the set's protocol names.
std::vector<std::string> shown_metrics(const EvaluationRecord& report) {
  std::vector<std::string> shown;
  if (report.systems.empty()) return shown;
  const auto usual = retrieval::all_metrics().first(retrieval::kUsualMetrics);
  for (const MetricEstimate& metric : report.systems.front().metrics) {
    const bool is_usual =
        std::any_of(usual.begin(), usual.end(), [&](const auto& one) { return one.name == metric.name; });
    const auto& own = report.shown_metrics;
    if (own.empty() ? is_usual : std::find(own.begin(), own.end(), metric.name) != own.end())
      shown.push_back(metric.name);
  }
  return shown;
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
  if (metric == "mrr10") return "MRR@10";
  if (metric == "p10") return "P@10";
  if (metric == "right10") return "right in 10";
  if (metric == "mr1") return "MR1";
  if (metric == "nar") return "NAR %";
  return metric == "map" ? "mAP" : "MRR";
}

std::string report_table(const EvaluationRecord& report) {
  std::string text = report.match_with == MatchQueriesWith::kEachOther
                         ? fmt::format("{}: {} queries against each other", report.name, report.queries)
                         : fmt::format("{}: {} queries against {} references", report.name, report.queries,
                                       report.candidates);
  if (!report.left_out.empty())
    text += fmt::format(
        " ({} queries {} left out)", report.left_out.size(),
        report.match_with == MatchQueriesWith::kEachOther ? "alone of their group" : "without a reference");
  if (report.availability)
    text += fmt::format("\nof {} there are {}", report.availability->layout, report.availability->text());
  if (!report.files_left_out.empty())
    text += fmt::format("\nleft out of the references' folders, no audio or MIDI files: {} ({})",
                        report.files_left_out.size(), shortened(report.files_left_out));
  text += item_lines(report.broken, "left out as broken", &BrokenItem::reason);
  text += item_lines(report.repaired, "mended to be heard", &RepairedItem::text);
  const size_t width = name_width(report);
  text += fmt::format("\n{:<{}}", "", width);
  const std::vector<std::string> shown = shown_metrics(report);
  for (const std::string& metric : shown) text += fmt::format("  {:<20}", metric_title(metric));
  while (text.ends_with(' ')) text.pop_back();
  text += "\n";
  for (const SystemRecord& system : report.systems)
    text += rows_of(system.name, width, system.metrics, shown, Sign::kPlain);
  if (report.differences.empty() && !report.difference.empty())
    text += rows_of("difference", width, report.difference, shown, Sign::kAlways);
  for (const SystemDifference& one : report.differences)
    text += rows_of(title_of(one), width, one.metrics, shown, Sign::kAlways);
  text += fmt::format("in brackets: bootstrap 95 % intervals over the queries, below them over the {} songs;",
                      report.songs);
  for (const SystemRecord& system : report.systems)
    text += fmt::format(" {}: {}", system.name, format_duration(system.wall_s));
  return text + "\n";
}

std::string report_json(const EvaluationRecord& record) {
  return json_text(nlohmann::ordered_json(record), 2) + "\n";
}

std::string report_csv(const EvaluationRecord& record) {
  std::string text =
      csv_line({"system", "query", "targets", "rank", "average_precision", "score", "top1", "top1_score"});
  for (const SystemRecord& system : record.systems)
    for (const QueryRecord& q : system.queries)
      text += csv_line({system.name, q.query, fmt::format("{}", fmt::join(q.targets, " ")),
                        std::to_string(q.rank), format_number(q.average_precision), format_number(q.score),
                        q.top1, format_number(q.top1_score)});
  return text;
}

void write_report(const EvaluationRecord& record, const std::filesystem::path& folder) {
  make_folder(folder);
  write_file_atomically(folder / kQueryOutcomesFile, report_csv(record));
  write_file_atomically(folder / kReportFile, report_json(record));
  write_file_atomically(folder / kReportTableFile, report_table(record));
}

EvaluationRecord write_report(const EvaluationReport& report, const std::filesystem::path& folder) {
  write_distance_matrices(report, folder);
  std::vector<ProjectedFingerprint> fingerprints;
  for (const SystemResult& system : report.systems)
    fingerprints.insert(fingerprints.end(), system.fingerprints.begin(), system.fingerprints.end());
  make_folder(folder);
  if (fingerprints.empty())
    std::filesystem::remove(folder / kFingerprintsFile);  // of an earlier evaluation
  else
    write_file_atomically(folder / kFingerprintsFile, fingerprints_csv(fingerprints));
  EvaluationRecord record = record_of(report);
  write_report(record, folder);
  return record;
}

}  // namespace melomine::evaluation
