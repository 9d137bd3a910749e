#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "datasets/fragment_groups.h"

namespace melomine::datasets {
namespace {

const std::vector<std::string> kChadColumns = {
    "group_id",    "fragment_id",          "id",           "audio_type", "youtube_id", "interval",
    "correlation", "check_by_crowdsource", "is_available", "duration"};
const std::vector<std::string> kProvenanceColumns = {"recording_id", "round",         "verdict",
                                                     "model_sha256", "config_sha256", "source_sha256"};

/// The text of a column that may be absent or empty; what R and pandas write for a missing value is empty.
std::string optional_text(const CsvTable& table, size_t row, std::string_view column) {
  std::string text = table.text_or_empty(row, column);
  const std::string_view word = trimmed(text);
  return word == "NA" || word == "NaN" || word == "nan" ? std::string() : text;
}

bool filled(const CsvTable& table, size_t row, std::string_view column) {
  return !trimmed(optional_text(table, row, column)).empty();
}

/// A number as Python shows it: "20.25", or "np.float64(20.25)" as numpy 2 does within a tuple.
std::optional<double> parse_seconds(std::string_view text) {
  text = trimmed(text);
  const auto open = text.find('(');
  if ((text.starts_with("np.") || text.starts_with("numpy.")) && open != std::string_view::npos &&
      text.back() == ')')
    text = text.substr(open + 1, text.size() - open - 2);
  return parse<double>(text);
}

/// "(20.25, 36.5)", a Python tuple (or list) of seconds.
TimeInterval parse_interval(const CsvTable& table, size_t row) {
  const std::string& text = table.text(row, "interval");
  const std::string_view pair = trimmed(text);
  const auto comma = pair.find(',');
  std::optional<double> start_s, end_s;
  if (pair.size() > 2 && (pair.front() == '(' || pair.front() == '[') &&
      (pair.back() == ')' || pair.back() == ']') && comma != std::string_view::npos) {
    start_s = parse_seconds(pair.substr(1, comma - 1));
    end_s = parse_seconds(pair.substr(comma + 1, pair.size() - comma - 2));
  }
  if (!start_s || !end_s)
    table.fail(row, "interval must be a tuple of seconds like (20.25, 36.5), got '" + text + "'");
  if (*start_s < 0 || *end_s <= *start_s)
    table.fail(row, "interval must satisfy 0 <= start < end, got '" + text + "'");
  return {*start_s, *end_s};
}

/// Hums are recorded for their fragment, so their interval may be left out: it is all of the recording.
TimeInterval interval_of(const CsvTable& table, size_t row, RecordingKind kind, double duration_s) {
  if (filled(table, row, "interval")) return parse_interval(table, row);
  if (kind != RecordingKind::kHumming)
    table.fail(
        row,
        "interval is empty; only a row with audio_type humming may leave it out, for all of its recording");
  return {0, duration_s > 0 ? duration_s : std::numeric_limits<double>::infinity()};
}

int64_t parse_round(const CsvTable& table, size_t row) {
  if (!filled(table, row, "round")) return 0;
  const int64_t round = table.integer(row, "round");
  if (round < 0) table.fail(row, "round must be >= 0, got '" + table.text(row, "round") + "'");
  return round;
}

FragmentRow parse_row(const CsvTable& table, size_t row) {
  FragmentRow r;
  r.group_id = table.text(row, "group_id");
  r.fragment_id = table.text(row, "fragment_id");
  r.id = table.text(row, "id");
  if (r.group_id.empty()) table.fail(row, "group_id is empty");
  try {
    r.audio_type = recording_kind(table.text(row, "audio_type"));
    r.verdict = parse_verdict(optional_text(table, row, "verdict"));
  } catch (const Error& error) {
    table.fail(row, error.what());
  }
  r.youtube_id = optional_text(table, row, "youtube_id");
  if (filled(table, row, "correlation")) r.correlation = table.number(row, "correlation");
  if (filled(table, row, "check_by_crowdsource"))
    r.check_by_crowdsource = table.boolean(row, "check_by_crowdsource");
  if (filled(table, row, "is_available")) r.is_available = table.boolean(row, "is_available");
  if (filled(table, row, "duration")) r.duration_s = table.number(row, "duration");
  r.interval = interval_of(table, row, r.audio_type, r.duration_s);
  if (!filled(table, row, "duration") && std::isfinite(r.interval.end_s))
    r.duration_s = r.interval.duration_s();
  r.path = optional_text(table, row, "path");
  r.recording_id = optional_text(table, row, "recording_id");
  r.round = parse_round(table, row);
  r.model_sha256 = optional_text(table, row, "model_sha256");
  r.config_sha256 = optional_text(table, row, "config_sha256");
  r.source_sha256 = optional_text(table, row, "source_sha256");
  r.line = table.line(row);
  return r;
}

std::string interval_text(const TimeInterval& interval) {
  if (!std::isfinite(interval.end_s)) return "";
  return "(" + format_number(interval.start_s) + ", " + format_number(interval.end_s) + ")";
}

std::string python_bool(bool value) {
  return value ? "True" : "False";
}

}  // namespace

std::vector<FragmentRow> read_fragment_table(const std::filesystem::path& path) {
  std::vector<FragmentRow> rows;
  CsvTable::read_in_pieces(path, [&](const CsvTable& table) {
    table.require({"group_id", "fragment_id", "id", "audio_type", "interval"});
    for (size_t i = 0; i < table.size(); ++i) rows.push_back(parse_row(table, i));
  });
  return rows;
}

void write_fragment_table(const std::filesystem::path& path, const std::vector<FragmentRow>& rows,
                          TableColumns columns, std::string_view writer) {
  std::vector<std::string> header = kChadColumns;
  if (columns == TableColumns::kChadWithPath) header.push_back("path");
  if (columns == TableColumns::kChadWithProvenance)
    header.insert(header.end(), kProvenanceColumns.begin(), kProvenanceColumns.end());
  std::string content = csv_line(header);
  for (const FragmentRow& r : rows) {
    std::vector<std::string> values = {r.group_id,
                                       r.fragment_id,
                                       r.id,
                                       to_string(r.audio_type),
                                       r.youtube_id,
                                       interval_text(r.interval),
                                       format_number(r.correlation),
                                       python_bool(r.check_by_crowdsource),
                                       python_bool(r.is_available),
                                       format_number(r.duration_s)};
    if (columns == TableColumns::kChadWithPath) values.push_back(r.path);
    if (columns == TableColumns::kChadWithProvenance)
      for (const std::string& value : {r.recording_id, std::to_string(r.round), to_string(r.verdict),
                                       r.model_sha256, r.config_sha256, r.source_sha256})
        values.push_back(value);
    content += csv_line(values);
  }
  write_file_atomically(path, content, writer);
}

}  // namespace melomine::datasets
