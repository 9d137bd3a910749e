#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "report/html.h"
#include "report/tables.h"

namespace melomine::report {
namespace {

struct DifferenceColumn {
  std::string_view name, title;
};
constexpr std::array<DifferenceColumn, 3> kDifferences = {
    {{"mrr", "MRR"}, {"top1", "Top-1"}, {"top10", "Top-10"}}};

std::string difference_row(const evaluation::SystemDifference& difference, int round) {
  std::string row = fmt::format("<th scope='row'>{} minus {}<small>beside {}</small></th>",
                                escape_html(difference.of), escape_html(difference.minus), model_name(round));
  for (const DifferenceColumn& column : kDifferences) {
    const auto& metrics = difference.metrics;
    const auto found = std::find_if(metrics.begin(), metrics.end(),
                                    [&](const auto& metric) { return metric.name == column.name; });
    row += found == metrics.end() ? "<td>–</td>"
                                  : estimate_cell(found->estimate, Unit::kDifference, &found->by_song);
  }
  return row;
}

}  // namespace

std::string differences_table(const RunRecord& run) {
  Table table{"Systems against each other, on the same queries", "<tr><th scope='col'>systems</th>", {}};
  for (const DifferenceColumn& column : kDifferences)
    table.head += fmt::format("<th scope='col'>{}</th>", column.title);
  table.head += "</tr>";
  for (const std::string& set : run.sets) {
    const size_t before = table.rows.size();
    for (const ReportedRound& round : run.rounds)
      if (const auto* record = round.evaluation(set); record != nullptr)
        for (const evaluation::SystemDifference& difference : record->differences)
          table.rows.push_back(difference_row(difference, round.number));
    if (table.rows.size() > before)
      table.rows.insert(table.rows.begin() + static_cast<std::ptrdiff_t>(before),
                        fmt::format("<th colspan='{}' scope='rowgroup' class='set'>{}</th>",
                                    1 + kDifferences.size(), escape_html(set)));
  }
  return table.rows.empty() ? "" : table_html(table);
}

}  // namespace melomine::report
