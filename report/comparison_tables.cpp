#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/json_text.h"
#include "core/text.h"
#include "report/comparison.h"

namespace melomine::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// "0.812 ± 0.013"
std::string spread_text(const SeedSummary& summary, const char* plus_minus) {
  if (!std::isfinite(summary.mean)) return "-";
  if (!std::isfinite(summary.sd)) return fmt::format("{:.3f}", summary.mean);
  return fmt::format("{:.3f}{}{:.3f}", summary.mean, plus_minus, summary.sd);
}

std::string signed_interval(const retrieval::Estimate& e) {
  return std::isfinite(e.low) ? fmt::format("[{:+.3f}, {:+.3f}]", e.low, e.high) : "-";
}

/// Header and rows, a cell each: name, seeds, figures, the difference and its intervals.
Rows cells_of(const Comparison& comparison, const char* plus_minus) {
  Rows rows(1);
  rows[0] = {"", "seeds"};
  for (const std::string& column : comparison.columns) rows[0].push_back(column);
  const std::string& metric = comparison.columns[comparison.metric];
  for (const std::string& title :
       {metric + " - base", std::string("95 % over queries"), std::string("95 % over songs")})
    rows[0].push_back(title);
  for (size_t r = 0; r < comparison.rows.size(); ++r) {
    const ComparisonRow& row = comparison.rows[r];
    std::vector<std::string> cells = {row.name, std::to_string(row.seeds.size())};
    for (const SeedSummary& figure : row.figures) cells.push_back(spread_text(figure, plus_minus));
    if (r == comparison.base)
      cells.insert(cells.end(), {"base", "", ""});
    else if (row.difference)
      cells.insert(cells.end(),
                   {fmt::format("{:+.3f}", row.difference->estimate.mean),
                    signed_interval(row.difference->estimate), signed_interval(row.difference->by_song)});
    else
      cells.insert(cells.end(), {"-", "-", "-"});
    rows.push_back(std::move(cells));
  }
  return rows;
}

/// Lines below a table: the best row, its rule, what is missing.
std::vector<std::string> remarks_of(const Comparison& comparison) {
  std::vector<std::string> remarks;
  if (comparison.best)
    remarks.push_back(fmt::format("best: {}; {}", comparison.rows[*comparison.best].name, comparison.rule));
  remarks.insert(remarks.end(), comparison.notes.begin(), comparison.notes.end());
  return remarks;
}

constexpr size_t kMostSettings = 20, kLongestValue = 60;

std::string shortened(const std::string& value) {
  if (value.empty()) return "\"\"";
  if (value.size() <= kLongestValue) return value;
  size_t end = kLongestValue;
  while ((static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;  // inside a character
  return value.substr(0, end) + "…";
}

/// Where rows are named by their runs: what their settings differ in, a line each, as far as is read.
struct SettingLines {
  std::string title = {};  ///< empty: none
  std::vector<std::string> lines = {};
};

SettingLines setting_lines(const Comparison& comparison) {
  SettingLines told;
  if (!comparison.is_named_by_runs) return told;
  std::vector<std::string> names;
  names.reserve(comparison.rows.size());
  for (const ComparisonRow& row : comparison.rows) names.push_back(row.name);
  told.title = fmt::format("settings that differ ({}):", fmt::join(names, " | "));
  const auto settings = differing_settings(comparison);
  for (size_t i = 0; i < std::min(settings.size(), kMostSettings); ++i) {
    std::vector<std::string> values;
    values.reserve(comparison.rows.size());
    for (const std::string& value : settings[i].values) values.push_back(shortened(value));
    told.lines.push_back(fmt::format("{}: {}", settings[i].key, fmt::join(values, " | ")));
  }
  if (settings.size() > kMostSettings)
    told.lines.push_back(
        fmt::format("and {} more; CSV and JSON have all of them", settings.size() - kMostSettings));
  return told;
}

/// Characters as a terminal counts them, near enough.
size_t shown_width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string escape_latex(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("_%&#${}").find(c) != std::string_view::npos)
      escaped += std::string("\\") + c;
    else if (c == '~' || c == '^')
      escaped += std::string("\\") + c + "{}";
    else if (c == '\\')
      escaped += "\\textbackslash{}";
    else
      escaped += c;
  }
  return escaped;
}

nlohmann::ordered_json json_of(const retrieval::Estimate& e) {
  return {{"mean", e.mean}, {"low", e.low}, {"high", e.high}};
}

nlohmann::ordered_json json_of(const Comparison& comparison, size_t r) {
  const ComparisonRow& row = comparison.rows[r];
  nlohmann::ordered_json json = {{"name", row.name}, {"settings", row.settings}, {"seeds", row.seeds}};
  json["runs"] = nlohmann::ordered_json::array();
  for (const auto& run : row.runs) json["runs"].push_back(run.string());
  json["is_base"] = r == comparison.base;
  json["is_best"] = comparison.best == r;
  for (size_t c = 0; c < comparison.columns.size(); ++c) {
    const SeedSummary& figure = row.figures[c];
    json["figures"][comparison.columns[c]] = {
        {"values", figure.values}, {"mean", figure.mean}, {"sd", figure.sd}};
  }
  if (row.difference)
    json["difference"] = {{"over_queries", json_of(row.difference->estimate)},
                          {"over_songs", json_of(row.difference->by_song)}};
  return json;
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  const Rows rows = cells_of(comparison, " ± ");
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], shown_width(row[i]));
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - shown_width(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? row[i] + blanks : blanks + row[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const std::string& remark : remarks_of(comparison)) text += remark + "\n";
  const SettingLines differing = setting_lines(comparison);
  if (!differing.title.empty()) text += differing.title + "\n";
  for (const std::string& line : differing.lines) text += "  " + line + "\n";
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  const Rows rows = cells_of(comparison, " ± ");
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    const bool best = r > 0 && comparison.best == r - 1;
    text += "|";
    for (size_t i = 0; i < rows[r].size(); ++i)
      text += fmt::format(" {0}{1}{0} |", best && i == 0 ? "**" : "", rows[r][i]);
    text += "\n";
    if (r > 0) continue;
    text += "|";
    for (size_t i = 0; i < rows[r].size(); ++i) text += i == 0 ? "---|" : "--:|";
    text += "\n";
  }
  for (const std::string& remark : remarks_of(comparison)) text += "\n" + remark + "\n";
  const SettingLines differing = setting_lines(comparison);
  if (!differing.title.empty()) text += "\n" + differing.title + "\n\n";
  for (const std::string& line : differing.lines) text += "* " + line + "\n";
  return text;
}

std::string comparison_csv(const Comparison& comparison) {
  std::vector<std::string> header = {"row", "seeds", "base", "best"};
  for (const std::string& column : comparison.columns)
    for (const char* what : {"mean", "sd", "n"}) header.push_back(fmt::format("{} {}", column, what));
  for (const char* what : {"difference", "low", "high", "songs low", "songs high", "settings"})
    header.emplace_back(what);
  std::string text = csv_line(header);
  const auto number = [](double value) { return std::isfinite(value) ? format_number(value) : ""; };
  for (size_t r = 0; r < comparison.rows.size(); ++r) {
    const ComparisonRow& row = comparison.rows[r];
    std::vector<std::string> cells = {row.name, fmt::format("{}", fmt::join(row.seeds, " ")),
                                      r == comparison.base ? "true" : "false",
                                      comparison.best == r ? "true" : "false"};
    for (const SeedSummary& figure : row.figures)
      cells.insert(cells.end(),
                   {number(figure.mean), number(figure.sd), std::to_string(figure.values.size())});
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const auto over = row.difference ? row.difference->estimate : retrieval::Estimate{kNone, kNone, kNone};
    const auto songs = row.difference ? row.difference->by_song : retrieval::Estimate{kNone, kNone, kNone};
    for (const double value : {over.mean, over.low, over.high, songs.low, songs.high})
      cells.push_back(number(value));
    cells.push_back(sweeps::label_of(row.settings));
    text += csv_line(cells);
  }
  return text;
}

std::string comparison_latex(const Comparison& comparison) {
  Rows rows = cells_of(comparison, " $\\pm$ ");
  std::string text = "\\begin{tabular}{l" + std::string(rows[0].size() - 1, 'r') + "}\n\\hline\n";
  for (size_t r = 0; r < rows.size(); ++r) {
    rows[r][0] = escape_latex(rows[r][0]);
    if (r > 0 && comparison.best == r - 1) rows[r][0] = "\\textbf{" + rows[r][0] + "}";
    if (r == 0)
      for (std::string& title : rows[r]) title = escape_latex(title);
    text += fmt::format("{} \\\\\n", fmt::join(rows[r], " & "));
    if (r == 0) text += "\\hline\n";
  }
  text += "\\hline\n\\end{tabular}\n";
  for (const std::string& remark : remarks_of(comparison)) text += "% " + remark + "\n";
  const SettingLines differing = setting_lines(comparison);
  if (!differing.title.empty()) text += "% " + differing.title + "\n";
  for (const std::string& line : differing.lines) text += "%   " + line + "\n";
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  nlohmann::ordered_json json = {{"title", comparison.title},
                                 {"metric", comparison.columns[comparison.metric]},
                                 {"rule", comparison.rule},
                                 {"notes", comparison.notes}};
  json["rows"] = nlohmann::ordered_json::array();
  for (size_t r = 0; r < comparison.rows.size(); ++r) json["rows"].push_back(json_of(comparison, r));
  return json_text(json, 1) + "\n";
}

std::filesystem::path write_comparison(const Comparison& comparison, const std::filesystem::path& folder) {
  std::filesystem::path page = folder / "comparison.html";
  write_file_atomically(folder / "comparison.md", comparison_markdown(comparison));
  write_file_atomically(folder / "comparison.csv", comparison_csv(comparison));
  write_file_atomically(folder / "comparison.tex", comparison_latex(comparison));
  write_file_atomically(folder / "comparison.json", comparison_json(comparison));
  write_file_atomically(page, comparison_page(comparison));
  return page;
}

}  // namespace melomine::report
