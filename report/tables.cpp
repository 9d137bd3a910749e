#include "report/tables.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/progress.h"
#include "report/html.h"

namespace melomine::report {
namespace {

constexpr const char* kEmptyCell = "<td>–</td>";
constexpr const char* kNoOutcome = "<td></td><td></td>";

struct MetricColumn {
  const char *name, *title;
};
constexpr std::array<MetricColumn, 3> kMetrics = {{{"mrr", "MRR"}, {"top1", "Top-1"}, {"top10", "Top-10"}}};

std::string metric_cells(const evaluation::SystemRecord* system) {
  std::string cells;
  for (const MetricColumn& metric : kMetrics) {
    if (system == nullptr) {
      cells += kEmptyCell;
      continue;
    }
    const evaluation::MetricEstimate* found = system->metric(metric.name);
    cells += found == nullptr ? kEmptyCell : estimate_cell(found->estimate, Unit::kPlain, &found->by_song);
  }
  return cells;
}

std::string retrieval_head(bool metrics, bool outcomes) {
  std::string head = "<tr><th scope='col'>model</th>";
  const auto add = [&](const char* title) { head += fmt::format("<th scope='col'>{}</th>", title); };
  if (metrics) {
    for (const MetricColumn& metric : kMetrics) add(metric.title);
    add("MRR gained");
  }
  if (outcomes) {
    add("gate");
    add("time");
  }
  return head + "</tr>";
}

/// The set's name and "96 hums, 52 candidates" over all columns.
std::string set_row(const RunRecord& run, const std::string& set, bool outcomes) {
  std::string counts;
  for (const ReportedRound& round : run.rounds)
    if (const auto* e = round.evaluation(set); e != nullptr && counts.empty())
      counts = e->match_with == evaluation::MatchQueriesWith::kEachOther
                   ? fmt::format("{} hums, each other", e->queries)
                   : fmt::format("{} hums, {} candidates", e->queries, e->candidates);
  // Model, metrics, what MRR gained; gate and time.
  const size_t columns = 1 + kMetrics.size() + 1 + (outcomes ? 2 : 0);
  return fmt::format("<th colspan='{}' scope='rowgroup' class='set'>{}<small>{}</small></th>", columns,
                     escape_html(set), counts);
}

std::string outcome_cells(const ReportedRound& round) {
  if (!round.outcome) return "<td><em>in progress</em></td><td>–</td>";
  std::string gate =
      round.outcome->accepted ? "<span class='good'>accepted</span>" : "<span class='bad'>rejected</span>";
  if (!round.outcome->reason.empty())
    gate += fmt::format("<small class='wrap'>{}</small>", escape_html(round.outcome->reason));
  double total_s = 0;
  std::string stages;
  for (const experiments::StageTraits& stage : experiments::all_stages()) {
    const auto found = round.outcome->seconds.find(std::string(stage.name));
    if (found == round.outcome->seconds.end()) continue;
    total_s += found->second;
    stages += fmt::format("<small>{} {}</small>", found->first, format_duration(found->second));
  }
  return fmt::format("<td>{}</td><td>{}{}</td>", gate, stages.empty() ? "–" : format_duration(total_s),
                     stages);
}

/// @param set  "" leaves the metrics out
std::string model_row(const RunRecord& run, size_t index, const std::string& set) {
  const ReportedRound& round = run.rounds[index];
  std::string row = fmt::format("<th scope='row'>{}</th>", model_name(round.number));
  if (set.empty()) return row;
  const evaluation::EvaluationRecord* now = round.evaluation(set);
  row += metric_cells(now == nullptr ? nullptr : now->model());
  const evaluation::EvaluationRecord* before = index == 0 ? nullptr : run.rounds[index - 1].evaluation(set);
  const auto gained = now == nullptr || before == nullptr ? std::nullopt : mrr_difference(*now, *before);
  return row + (gained ? estimate_cell(gained->estimate, Unit::kDifference, &gained->by_song) : kEmptyCell);
}

/// Systems of a round that are neither the baseline nor its model.
void add_others(const ReportedRound& round, const std::string& set, const char* outcome,
                std::vector<std::string>& rows) {
  const evaluation::EvaluationRecord* record = round.evaluation(set);
  if (record == nullptr) return;
  for (const evaluation::SystemRecord* other : record->others())
    rows.push_back(fmt::format("<th scope='row'>{}<small>beside {}</small></th>{}{}{}",
                               escape_html(other->name), model_name(round.number), metric_cells(other),
                               kEmptyCell, outcome));
}

struct QualityColumn {
  const char *key, *title;
  Unit unit;
};
constexpr std::array<QualityColumn, 6> kQuality = {
    {{"relevant_precision", "precision of relevant", Unit::kPercent},
     {"recall", "matching recall", Unit::kPercent},
     {"coverage", "coverage", Unit::kPercent},
     {"alignment_median_s", "alignment, median", Unit::kMilliseconds},
     {"alignment_p90_s", "alignment, 90 %", Unit::kMilliseconds},
     {"relevant_wrong_covers", "wrong covers in", Unit::kPercent}}};

bool any_quality(const RunRecord& run) {
  for (const ReportedRound& round : run.rounds)
    if (round.mining && round.mining->quality) return true;
  return false;
}

std::string mining_row(const RunRecord& run, const ReportedRound& round, bool quality) {
  const mining::MiningSummary& mining = *round.mining;
  std::string row = fmt::format("<th scope='row'>by {}<small>for {}</small></th>",
                                model_name(run.miner_of(round.number)), model_name(round.number));
  for (const int64_t count : {mining.yield.relevant, mining.yield.uncertain, mining.yield.groups})
    row += fmt::format("<td>{}</td>", number_text(static_cast<double>(count), 0));
  row += fmt::format("<td>{}<small>of {} songs</small></td>", number_text(mining.yield.relevant_hours, 2),
                     number_text(static_cast<double>(mining.yield.songs), 0));
  if (!quality) return row;
  for (const QualityColumn& column : kQuality)
    row +=
        mining.quality ? estimate_cell(mining.quality->figure(column.key).estimate, column.unit) : kEmptyCell;
  return row;
}

std::string figure_cell(const mining::MiningSummary& mining, const std::string& key, Unit unit) {
  const mining::QualityFigure figure =
      mining.quality ? mining.quality->figure(key) : mining::QualitySummary{}.figure(key);
  if (!std::isfinite(figure.estimate.mean)) return kEmptyCell;
  const std::string counts = key == "coverage"
                                 ? fmt::format("{:.0f} of {:.0f} s", 1e-3 * static_cast<double>(figure.hits),
                                               1e-3 * static_cast<double>(figure.of))
                             : unit == Unit::kMilliseconds ? fmt::format("{} pairs", figure.of)
                                                           : fmt::format("{} of {}", figure.hits, figure.of);
  return fmt::format("<td>{}<small>{}; {}</small></td>", value_text(figure.estimate.mean, unit),
                     interval_text(figure.estimate, unit), counts);
}

}  // namespace

std::optional<evaluation::MetricEstimate> mrr_difference(const evaluation::EvaluationRecord& after,
                                                         const evaluation::EvaluationRecord& before) {
  const evaluation::SystemRecord *now = after.model(), *then = before.model();
  if (now == nullptr || then == nullptr || after.candidates != before.candidates) return std::nullopt;
  return paired_mrr(*now, *then, after.bootstrap());
}

std::optional<evaluation::MetricEstimate> paired_mrr(const evaluation::SystemRecord& after,
                                                     const evaluation::SystemRecord& before,
                                                     const retrieval::BootstrapOptions& bootstrap) {
  const auto same_query = [](const auto& a, const auto& b) { return a.query == b.query; };
  if (after.queries.empty() || !std::equal(after.queries.begin(), after.queries.end(), before.queries.begin(),
                                           before.queries.end(), same_query))
    return std::nullopt;
  std::vector<double> gained;
  std::vector<std::string> songs;
  for (size_t q = 0; q < after.queries.size(); ++q) {
    gained.push_back(1.0 / static_cast<double>(after.queries[q].rank) -
                     1.0 / static_cast<double>(before.queries[q].rank));
    songs.push_back(after.queries[q].song);
  }
  // All of no song are one, which has no interval.
  return evaluation::MetricEstimate{
      "mrr", retrieval::bootstrap_mean(gained, bootstrap),
      retrieval::bootstrap_clustered_mean(gained, retrieval::clusters_of(songs), bootstrap)};
}

std::string retrieval_table(const RunRecord& run) {
  bool outcomes = false;
  for (const ReportedRound& round : run.rounds) outcomes = outcomes || round.outcome;
  if (run.sets.empty() && !outcomes) return "";
  Table table{"Retrieval by hum after each round", retrieval_head(!run.sets.empty(), outcomes), {}};
  // Gate and time belong to the round, not to a set: they stand beside the first.
  const auto add_models = [&](const std::string& set, bool first) {
    for (size_t i = 0; i < run.rounds.size(); ++i)
      table.rows.push_back(model_row(run, i, set) + (!outcomes ? ""
                                                     : first   ? outcome_cells(run.rounds[i])
                                                               : kNoOutcome));
  };
  if (run.sets.empty()) add_models("", true);
  for (const std::string& set : run.sets) {
    table.rows.push_back(set_row(run, set, outcomes));
    if (const auto* baseline = run.baseline(set); baseline != nullptr)
      table.rows.push_back("<th scope='row'>baseline</th>" + metric_cells(baseline) + kEmptyCell +
                           (outcomes ? kNoOutcome : ""));
    add_models(set, &set == &run.sets.front());
    for (const ReportedRound& round : run.rounds)
      add_others(round, set, outcomes ? kNoOutcome : "", table.rows);
  }
  return table_html(table);
}

std::string mining_table(const RunRecord& run) {
  const bool quality = any_quality(run);
  Table table{"What each round mined", "<tr><th scope='col'>mined</th>", {}};
  for (const char* title : {"relevant pairs", "uncertain pairs", "groups", "hours of covers"})
    table.head += fmt::format("<th scope='col'>{}</th>", title);
  if (quality)
    for (const QualityColumn& column : kQuality)
      table.head += fmt::format("<th scope='col'>{}</th>", column.title);
  table.head += "</tr>";
  for (const ReportedRound& round : run.rounds)
    if (round.mining) table.rows.push_back(mining_row(run, round, quality));
  return table.rows.empty() ? "" : table_html(table);
}

std::string quality_table(const RunRecord& run) {
  if (!any_quality(run)) return "";
  struct Line {
    const char *key, *title;
    Unit unit;
  };
  constexpr std::array<Line, 9> kLines = {
      {{"precision", "precision, all pairs", Unit::kPercent},
       {"relevant_precision", "precision of relevant", Unit::kPercent},
       {"recall", "matching recall, all pairs", Unit::kPercent},
       {"relevant_recall", "matching recall of relevant", Unit::kPercent},
       {"coverage", "coverage of sung time", Unit::kPercent},
       {"alignment_median_s", "alignment error, median", Unit::kMilliseconds},
       {"alignment_p90_s", "alignment error, 90 %", Unit::kMilliseconds},
       {"wrong_covers", "wrong covers in, all pairs", Unit::kPercent},
       {"relevant_wrong_covers", "wrong covers in, of relevant", Unit::kPercent}}};
  Table table{"Every figure with its 95 % interval over songs and what it was counted from",
              "<tr><th scope='col'>figure</th>",
              {}};
  for (const ReportedRound& round : run.rounds)
    if (round.mining)
      table.head += fmt::format("<th scope='col'>by {}</th>", model_name(run.miner_of(round.number)));
  table.head += "</tr>";
  for (const Line& line : kLines) {
    std::string row = fmt::format("<th scope='row'>{}</th>", line.title);
    for (const ReportedRound& round : run.rounds)
      if (round.mining) row += figure_cell(*round.mining, line.key, line.unit);
    table.rows.push_back(row);
  }
  return table_html(table);
}

std::string set_aside_table(const RunRecord& run) {
  Table table{"",
              "<tr><th scope='col'>round</th><th scope='col' class='text'>recording</th><th scope='col' "
              "class='text'>reason</th></tr>",
              {}};
  for (const ReportedRound& round : run.rounds) {
    if (!round.mining) continue;
    for (const datasets::SetAside& recording : round.mining->set_aside)
      table.rows.push_back(
          fmt::format("<th scope='row'>{}</th><td class='text'>{}</td><td class='text'>{}</td>", round.number,
                      escape_html(recording.recording_id), escape_html(recording.reason)));
  }
  return table.rows.empty() ? "" : table_html(table);
}

}  // namespace melomine::report
