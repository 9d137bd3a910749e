#include "report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "retrieval/bootstrap.h"
#include "retrieval/metrics.h"

namespace melomine::report {
namespace {

constexpr const char* kValidationColumn = "validation.mrr";
constexpr size_t kLongestLabel = 60;  // characters of a row's settings that make its name
constexpr std::array kUsualColumns = {"mrr", "top1", "top10"};

/// "SET.METRIC" in two; a set's name may hold dots, a metric's none.
std::pair<std::string, std::string> split_column(const std::string& column) {
  const size_t dot = column.rfind('.');
  if (dot == std::string::npos) return {"", column};
  return {column.substr(0, dot), column.substr(dot + 1)};
}

const evaluation::SystemRecord* system_of(const evaluation::EvaluationRecord& record,
                                          const std::string& wanted) {
  if (!wanted.empty()) return record.system(wanted);
  if (const auto* model = record.model()) return model;
  return record.systems.empty() ? nullptr : &record.systems.front();
}

const evaluation::EvaluationRecord* evaluation_of(const ComparedRun& run, const std::string& set) {
  for (const auto& record : run.evaluations)
    if (record.name == set) return &record;
  return nullptr;
}

/// NaN where the run has no such figure.
double figure_of(const ComparedRun& run, const std::string& column, const std::string& system) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (column == kValidationColumn) return run.validation_mrr.value_or(kNone);
  const auto [set, metric] = split_column(column);
  const auto* record = evaluation_of(run, set);
  const auto* compared = record == nullptr ? nullptr : system_of(*record, system);
  const auto* estimate = compared == nullptr ? nullptr : compared->metric(metric);
  return estimate == nullptr ? kNone : estimate->estimate.mean;
}

SeedSummary summary_of_seeds(std::vector<double> values) {
  SeedSummary summary;
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  summary.values = values;
  if (values.empty()) return summary;
  const auto n = static_cast<double>(values.size());
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return summary;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.sd = std::sqrt(squares / (n - 1));
  return summary;
}

/// Of MR1 and NAR less is better.
bool less_is_better(const std::string& metric) {
  return metric == "mr1" || metric == "nar";
}

/// The metrics that a query's kept outcome decides; null for the others.
const retrieval::Metric* metric_by_query(const std::string& name) {
  if (name == "p10" || name == "right10" || name == "nar") return nullptr;
  for (const retrieval::Metric& metric : retrieval::all_metrics())
    if (metric.name == name) return &metric;
  return nullptr;
}

class Comparer {
 public:
  Comparer(const ComparedRuns& runs, const ComparisonOptions& options) : runs_(runs), options_(options) {}

  Comparison compare() {
    made_.title = runs_.title;
    made_.notes = runs_.notes;
    make_rows();
    find_columns();
    for (size_t r = 0; r < made_.rows.size(); ++r)
      for (const std::string& column : made_.columns) {
        std::vector<double> values;
        for (const ComparedRun* run : members_[r]) values.push_back(figure_of(*run, column, options_.system));
        made_.rows[r].figures.push_back(summary_of_seeds(std::move(values)));
      }
    find_base();
    for (size_t r = 0; r < made_.rows.size(); ++r)
      if (r != made_.base) made_.rows[r].difference = difference(members_[r], members_[made_.base]);
    find_best();
    const auto is_evaluated = [](const ComparedRun& run) { return !run.evaluations.empty(); };
    if (std::none_of(runs_.runs.begin(), runs_.runs.end(), is_evaluated))
      made_.notes.push_back(
          "only validated, never evaluated: there are no differences; of a sweep, `does: run` evaluates");
    return std::move(made_);
  }

 private:
  using Members = std::vector<const ComparedRun*>;

  void make_rows() {
    std::map<std::string, size_t> known;
    std::vector<sweeps::SettingTexts> settings;
    for (const ComparedRun& run : runs_.runs) {
      const auto [found, is_new] = known.emplace(sweeps::label_of(run.settings), made_.rows.size());
      if (is_new) {
        made_.rows.emplace_back();
        members_.emplace_back();
        settings.push_back(run.settings);
      }
      ComparisonRow& row = made_.rows[found->second];
      row.seeds.push_back(run.seed);
      row.runs.push_back(run.folder);
      members_[found->second].push_back(&run);
    }
    settings_ = settings;
    settings = sweeps::differing(settings);
    for (size_t r = 0; r < settings.size(); ++r) {
      made_.rows[r].name = sweeps::label_of(settings[r]);
      made_.rows[r].settings = settings[r];
    }
    name_by_runs();
  }

  /// Runs of different kinds have so many settings of their own that their names tell more.
  void name_by_runs() {
    const auto is_long = [](const ComparisonRow& row) { return row.name.size() > kLongestLabel; };
    const auto has_name = [](const ComparedRun& run) { return !run.name.empty(); };
    if (std::none_of(made_.rows.begin(), made_.rows.end(), is_long) ||
        !std::all_of(runs_.runs.begin(), runs_.runs.end(), has_name))
      return;
    made_.is_named_by_runs = true;
    std::map<std::string, int64_t> counts;
    for (const ComparedRun& run : runs_.runs) ++counts[run.name];
    for (size_t r = 0; r < made_.rows.size(); ++r) {
      const ComparedRun& first = *members_[r].front();
      made_.rows[r].name = counts[first.name] == 1 ? first.name : first.folder.string();
      if (members_[r].size() > 1) made_.rows[r].name += fmt::format(" and {} more", members_[r].size() - 1);
    }
  }

  void find_columns() {
    std::vector<std::string> sets;
    bool validated = false;
    for (const ComparedRun& run : runs_.runs) {
      validated = validated || run.validation_mrr.has_value();
      for (const auto& record : run.evaluations)
        if (std::find(sets.begin(), sets.end(), record.name) == sets.end()) sets.push_back(record.name);
    }
    for (const std::string& set : sets)
      for (const char* metric : kUsualColumns) made_.columns.push_back(set + "." + metric);
    if (validated) made_.columns.emplace_back(kValidationColumn);
    if (made_.columns.empty())
      throw DataError(runs_.title, "", "no run has anything to compare: neither evaluated nor validated");
    std::string wanted = options_.metric.empty() ? runs_.metric : options_.metric;
    if (wanted.empty()) return;
    if (wanted.find('.') == std::string::npos && !sets.empty()) wanted = sets.front() + "." + wanted;
    const auto has = [&](const ComparedRun& run) {
      return std::isfinite(figure_of(run, wanted, options_.system));
    };
    if (std::none_of(runs_.runs.begin(), runs_.runs.end(), has))
      throw ConfigError(fmt::format("no run has the metric {}; there are {}, and others of docs/evaluate.md",
                                    wanted, fmt::join(made_.columns, ", ")));
    auto found = std::find(made_.columns.begin(), made_.columns.end(), wanted);
    if (found == made_.columns.end()) found = made_.columns.insert(made_.columns.begin(), wanted);
    made_.metric = static_cast<size_t>(found - made_.columns.begin());
  }

  void find_base() {
    std::vector<std::string> names;
    for (const ComparisonRow& row : made_.rows) names.push_back(row.name);
    if (!options_.base.empty()) {
      const auto exact = std::find(names.begin(), names.end(), options_.base);
      const auto holds = [&](const std::string& name) {
        return name.find(options_.base) != std::string::npos;
      };
      const auto part = std::find_if(names.begin(), names.end(), holds);
      if (exact == names.end() && std::count_if(names.begin(), names.end(), holds) != 1)
        throw ConfigError(fmt::format("base '{}' names no row, or several; rows: {}", options_.base,
                                      fmt::join(names, "; ")));
      made_.base = static_cast<size_t>((exact != names.end() ? exact : part) - names.begin());
      return;
    }
    // The row with all settings of the base, and the fewest others.
    std::optional<size_t> fewest;
    for (size_t r = 0; r < settings_.size(); ++r) {
      const auto has = [&](const auto& setting) {
        return std::find(settings_[r].begin(), settings_[r].end(), setting) != settings_[r].end();
      };
      if (std::all_of(runs_.base.begin(), runs_.base.end(), has) &&
          (!fewest || settings_[r].size() < settings_[*fewest].size()))
        fewest = r;
    }
    made_.base = fewest.value_or(0);
    if (!fewest) made_.notes.push_back("no row has the settings of base; the first stands in for it");
  }

  /// A value for each query that every seed of a row has, its mean over the seeds, and the query's song.
  struct QueryMeans {
    std::map<std::string, double> values;
    std::map<std::string, std::string> songs;
  };

  QueryMeans query_means(const Members& members, const std::set<std::string>& seeds,
                         const retrieval::Metric& metric, const std::string& set) const {
    QueryMeans means;
    std::map<std::string, double> counts;
    for (const ComparedRun* run : members) {
      if (!seeds.empty() && !seeds.contains(run->seed)) continue;
      const auto* record = evaluation_of(*run, set);
      const auto* system = record == nullptr ? nullptr : system_of(*record, options_.system);
      if (system == nullptr) continue;
      for (const evaluation::QueryRecord& query : system->queries) {
        retrieval::RankedQuery ranked;
        ranked.first_rank = query.rank;
        ranked.average_precision = query.average_precision;
        means.values[query.query] += metric.value(ranked);
        means.songs[query.query] = query.song;
        ++counts[query.query];
      }
    }
    for (auto& [query, value] : means.values) value /= counts[query];
    return means;
  }

  static bool searches_the_same(const Members& a, const Members& b, const std::string& set) {
    for (const ComparedRun* run : a)
      for (const ComparedRun* other : b) {
        const auto *mine = evaluation_of(*run, set), *theirs = evaluation_of(*other, set);
        if (run->seed == other->seed && mine != nullptr && theirs != nullptr &&
            mine->candidates != theirs->candidates)
          return false;
      }
    return true;
  }

  std::optional<evaluation::MetricEstimate> difference(const Members& row, const Members& base) const {
    const auto [set, name] = split_column(made_.columns[made_.metric]);
    const retrieval::Metric* metric = metric_by_query(name);
    if (metric == nullptr || made_.columns[made_.metric] == kValidationColumn ||
        !searches_the_same(row, base, set))
      return std::nullopt;
    std::set<std::string> own, common;
    for (const ComparedRun* run : row) own.insert(run->seed);
    for (const ComparedRun* run : base)
      if (own.contains(run->seed)) common.insert(run->seed);
    const QueryMeans mine = query_means(row, common, *metric, set),
                     theirs = query_means(base, common, *metric, set);
    if (mine.values.empty() || mine.songs != theirs.songs) return std::nullopt;
    std::vector<double> gained;
    std::vector<std::string> songs;
    for (const auto& [query, value] : mine.values) {
      gained.push_back(value - theirs.values.at(query));
      songs.push_back(mine.songs.at(query));
    }
    const auto options = evaluation_of(*base.front(), set)->bootstrap();
    return evaluation::MetricEstimate{
        name, retrieval::bootstrap_mean(gained, options),
        retrieval::bootstrap_clustered_mean(gained, retrieval::clusters_of(songs), options)};
  }

  void find_best() {
    const std::string& column = made_.columns[made_.metric];
    const bool less = less_is_better(split_column(column).second);
    size_t most = 0;
    for (const ComparisonRow& row : made_.rows)
      most = std::max(most, row.figures[made_.metric].values.size());
    for (size_t r = 0; r < made_.rows.size() && most > 0; ++r) {
      const SeedSummary& figure = made_.rows[r].figures[made_.metric];
      if (figure.values.size() < most) continue;
      const double best = made_.best ? made_.rows[*made_.best].figures[made_.metric].mean : 0;
      if (!made_.best || (less ? figure.mean < best : figure.mean > best)) made_.best = r;
    }
    made_.rule = fmt::format("the {} mean of {} over seeds, of the rows with {} seed{}; the first of equals",
                             less ? "lowest" : "highest", column, most, most == 1 ? "" : "s");
  }

  const ComparedRuns& runs_;
  const ComparisonOptions& options_;
  Comparison made_;
  std::vector<Members> members_;
  std::vector<sweeps::SettingTexts> settings_;
};

}  // namespace

std::vector<DifferingSetting> differing_settings(const Comparison& comparison) {
  std::vector<DifferingSetting> all;
  std::map<std::string, size_t> known;
  for (size_t r = 0; r < comparison.rows.size(); ++r)
    for (const auto& [key, value] : comparison.rows[r].settings) {
      const auto [found, is_new] = known.emplace(key, all.size());
      if (is_new) all.push_back({key, std::vector<std::string>(comparison.rows.size(), "-")});
      all[found->second].values[r] = value;
    }
  return all;
}

Comparison compare(const ComparedRuns& runs, const ComparisonOptions& options) {
  return Comparer(runs, options).compare();
}

}  // namespace melomine::report
