#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/html.h"
#include "report/mistakes.h"
#include "report/tables.h"

namespace melomine::report {
namespace {

constexpr size_t kMostEach = 8;

/// A query and how two models did with it.
struct Change {
  const evaluation::QueryRecord *before = nullptr, *after = nullptr;
  /// What the query adds to the sum of reciprocal ranks.
  double gained() const {
    return 1 / static_cast<double>(after->rank) - 1 / static_cast<double>(before->rank);
  }
};

/// Two rounds that were asked the same queries of a set, the first and the last that have it.
struct Compared {
  int before = 0, after = 0;
  std::vector<Change> changes;  ///< of queries whose rank changed, what gained most first
  size_t queries = 0;
};

Compared compared_rounds(const RunRecord& run, const std::string& set) {
  Compared compared;
  const evaluation::EvaluationRecord *first = nullptr, *last = nullptr;
  for (const ReportedRound& round : run.rounds) {
    const auto* record = round.evaluation(set);
    if (record == nullptr || record->model() == nullptr) continue;
    if (first == nullptr) {
      first = record;
      compared.before = round.number;
    }
    if (round.rejected()) continue;
    last = record;
    compared.after = round.number;
  }
  if (first == nullptr || last == nullptr || first == last || !mrr_difference(*last, *first)) return {};
  const auto &before = first->model()->queries, &after = last->model()->queries;
  compared.queries = after.size();
  for (size_t q = 0; q < after.size(); ++q)
    if (after[q].rank != before[q].rank) compared.changes.push_back({&before[q], &after[q]});
  std::stable_sort(compared.changes.begin(), compared.changes.end(),
                   [](const Change& a, const Change& b) { return a.gained() > b.gained(); });
  return compared;
}

std::string row_of(const Change& change, const std::string& link) {
  std::string name = escape_html(change.after->query);
  if (!link.empty()) name = fmt::format("<a href='#{}'>{}</a>", link, name);
  return fmt::format("<th scope='row'>{}<small>{}</small></th><td>{}</td><td>{}</td><td class='text'>{}</td>",
                     name, escape_html(change.after->song), change.before->rank, change.after->rank,
                     escape_html(change.after->top1));
}

std::string table_of(const Compared& compared, const SetMistakes& heard) {
  const auto won = std::count_if(compared.changes.begin(), compared.changes.end(),
                                 [](const Change& change) { return change.gained() > 0; });
  const size_t gained = static_cast<size_t>(won), lost = compared.changes.size() - gained;
  const std::string before = model_name(compared.before), after = model_name(compared.after);
  Table table{fmt::format("{}: {} ranks {} of {} queries better than {}, {} worse", heard.result.set, after,
                          gained, compared.queries, before, lost),
              fmt::format("<tr><th scope='col'>query</th><th scope='col'>rank, {}</th><th scope='col'>rank, "
                          "{}</th><th scope='col' class='text'>first, {}</th></tr>",
                          before, after, after),
              {}};
  const auto link_of = [&](const Change& change) {
    for (const Mistake& mistake : heard.mistakes)
      if (mistake.query->query == change.after->query) return mistake_anchor(heard.set, change.after->query);
    return std::string();
  };
  const size_t lost_shown = std::min(lost, kMostEach);
  for (size_t i = 0; i < std::min(gained, kMostEach); ++i)
    table.rows.push_back(row_of(compared.changes[i], link_of(compared.changes[i])));
  for (size_t i = 0; i < lost_shown; ++i) {  // what lost most first
    const Change& change = compared.changes[compared.changes.size() - 1 - i];
    table.rows.push_back(row_of(change, link_of(change)));
  }
  return table_html(table);
}

}  // namespace

std::string changed_queries(const RunRecord& run, const std::vector<SetMistakes>& heard) {
  std::string html;
  for (const SetMistakes& set : heard)
    if (const Compared compared = compared_rounds(run, set.result.set); !compared.changes.empty())
      html += table_of(compared, set);
  return html.empty() ? ""
                      : folded("Queries gained and lost from the first round to the last",
                               fmt::format("<p class='note'>Up to {} of either, those that changed MRR most "
                                           "first. A link leads to where a mistake can be heard.</p>",
                                           kMostEach) +
                                   html);
}

}  // namespace melomine::report
