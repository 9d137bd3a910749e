#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/text.h"
#include "report/charts.h"
#include "report/comparison.h"
#include "report/html.h"
#include "report/style.h"

namespace melomine::report {
namespace {

constexpr size_t kMostRowsOfChart = 24;

retrieval::Estimate spread_of(const SeedSummary& figure) {
  return {figure.mean, figure.mean - figure.sd, figure.mean + figure.sd};
}

std::string values_note(const SeedSummary& figure) {
  std::string text;
  for (const double value : figure.values) text += (text.empty() ? "" : ", ") + number_text(value, 3);
  return text;
}

std::string spread_cell(const SeedSummary& figure) {
  if (!std::isfinite(figure.mean)) return "<td>–</td>";
  const std::string spread = std::isfinite(figure.sd) ? "± " + number_text(figure.sd, 3) : "";
  return fmt::format("<td title='{}'>{}<small>{}</small></td>", values_note(figure),
                     number_text(figure.mean, 3), spread);
}

std::string row_cells(const Comparison& comparison, size_t r) {
  const ComparisonRow& row = comparison.rows[r];
  std::string marks = comparison.best == r ? "<small>best</small>" : "";
  if (r == comparison.base) marks += "<small>base</small>";
  std::string html = fmt::format("<th scope='row'>{}. {}{}</th><td>{}</td>", r + 1, escape_html(row.name),
                                 marks, row.seeds.size());
  for (const SeedSummary& figure : row.figures) html += spread_cell(figure);
  if (!row.difference) return html + "<td>–</td>";
  return html + estimate_cell(row.difference->estimate, Unit::kDifference, &row.difference->by_song);
}

std::string rows_table(const Comparison& comparison) {
  Table table;
  table.caption =
      "Mean over the seeds, ± their standard deviation; the difference on the same queries with its "
      "bootstrap 95 % interval";
  table.head = "<tr><th scope='col'>settings</th><th scope='col'>seeds</th>";
  for (const std::string& column : comparison.columns)
    table.head += fmt::format("<th scope='col'>{}</th>", escape_html(column));
  table.head +=
      fmt::format("<th scope='col'>{} − base</th></tr>", escape_html(comparison.columns[comparison.metric]));
  for (size_t r = 0; r < comparison.rows.size(); ++r) table.rows.push_back(row_cells(comparison, r));
  return table_html(table);
}

/// A chart of a value of each row, named by the row's number.
template <class EstimateOf>
std::string rows_chart(const Comparison& comparison, const ChartText& text, bool from_zero,
                       const EstimateOf& estimate_of) {
  std::vector<std::string> categories;
  IntervalSeries series;
  for (size_t r = 0; r < std::min(comparison.rows.size(), kMostRowsOfChart); ++r) {
    categories.push_back(std::to_string(r + 1));
    series.points.push_back({static_cast<double>(r), estimate_of(r), comparison.rows[r].name});
  }
  return interval_chart(text, categories, {series}, from_zero);
}

/// For each setting that has three numbers or more: the metric of all rows over it.
std::string setting_charts(const Comparison& comparison) {
  std::map<std::string, std::vector<IntervalPoint>> points;
  for (const ComparisonRow& row : comparison.rows)
    for (const auto& [key, value] : row.settings)
      if (const auto number = parse<double>(value);
          number && std::isfinite(row.figures[comparison.metric].mean))
        points[key].push_back({*number, spread_of(row.figures[comparison.metric]), row.name});
  std::string html;
  for (const auto& [key, of_key] : points) {
    std::vector<double> values;
    for (const IntervalPoint& point : of_key) values.push_back(point.x);
    std::sort(values.begin(), values.end());
    if (std::unique(values.begin(), values.end()) - values.begin() < 3) continue;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    html += interval_chart({key, "Every row that sets it; bars are one standard deviation over the seeds.",
                            "", comparison.columns[comparison.metric]},
                           round_axis(*low, *high, key), of_key, {});
  }
  return html;
}

std::string charts_of(const Comparison& comparison) {
  const std::string& metric = comparison.columns[comparison.metric];
  const std::string left_out =
      comparison.rows.size() > kMostRowsOfChart
          ? fmt::format(" The first {} of {} rows.", kMostRowsOfChart, comparison.rows.size())
          : "";
  std::string html = rows_chart(
      comparison, {metric, "Mean over the seeds; bars are one standard deviation." + left_out, "row", metric},
      false, [&](size_t r) { return spread_of(comparison.rows[r].figures[comparison.metric]); });
  const bool compared = std::any_of(comparison.rows.begin(), comparison.rows.end(),
                                    [](const ComparisonRow& row) { return row.difference.has_value(); });
  if (compared)
    html += rows_chart(
        comparison,
        {metric + " minus base",
         "On the same queries, resampled in pairs; bars are 95 % intervals over queries." + left_out, "row",
         "difference"},
        false, [&](size_t r) {
          constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
          const auto& difference = comparison.rows[r].difference;
          return difference ? difference->estimate : retrieval::Estimate{kNone, kNone, kNone};
        });
  return "<div class='charts'>" + html + setting_charts(comparison) + "</div>";
}

std::string runs_list(const Comparison& comparison) {
  std::string html = "<dl>";
  for (const ComparisonRow& row : comparison.rows) {
    html += fmt::format("<dt>{}</dt>", escape_html(row.name));
    for (const auto& run : row.runs) html += fmt::format("<dd>{}</dd>", escape_html(run.string()));
  }
  return html + "</dl>";
}

/// All of them, where rows are named by their runs.
std::string settings_table(const Comparison& comparison) {
  Table table;
  table.caption = "Settings that rows differ in";
  table.head = "<tr><th scope='col'>setting</th>";
  for (const ComparisonRow& row : comparison.rows)
    table.head += fmt::format("<th scope='col'>{}</th>", escape_html(row.name));
  table.head += "</tr>";
  for (const DifferingSetting& setting : differing_settings(comparison)) {
    std::string cells = fmt::format("<th scope='row'>{}</th>", escape_html(setting.key));
    for (const std::string& value : setting.values) cells += fmt::format("<td>{}</td>", escape_html(value));
    table.rows.push_back(std::move(cells));
  }
  return table_html(table);
}

}  // namespace

std::string comparison_page(const Comparison& comparison) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/><meta name='viewport' "
      "content='width=device-width,initial-scale=1'/><title>{0} - "
      "melomine</title><style>{1}</style></head><body><main><header><h1>{0}</h1>",
      escape_html(comparison.title), kReportStyle);
  if (comparison.best) {
    const ComparisonRow& best = comparison.rows[*comparison.best];
    html += fmt::format("<p class='result'>Best is {}, with {} {}: {}.</p>", escape_html(best.name),
                        escape_html(comparison.columns[comparison.metric]),
                        number_text(best.figures[comparison.metric].mean, 3), escape_html(comparison.rule));
  }
  for (const std::string& note : comparison.notes)
    html += fmt::format("<p class='meta'>{}</p>", escape_html(note));
  html += "</header>\n<section id='rows'><h2>Rows</h2>" + rows_table(comparison) + "</section>\n";
  html += "<section id='plots'><h2>Plots</h2>" + charts_of(comparison) + "</section>\n";
  if (comparison.is_named_by_runs) html += folded("Settings", settings_table(comparison));
  return html + folded("Runs", runs_list(comparison)) + "</main></body></html>\n";
}

}  // namespace melomine::report
