#include "evaluation/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

#include "core/error.h"
#include "evaluation/difference.h"
#include "evaluation/folding.h"

namespace melomine::evaluation {
namespace {

using retrieval::Ranking;

/// Of -1 with the score -infinity and the start NaN where none was found.
retrieval::Hit best_target(const Ranking& ranking, const retrieval::Relevance& relevance) {
  for (const retrieval::Hit& hit : ranking)
    if (std::find(relevance.targets.begin(), relevance.targets.end(), hit.reference) !=
        relevance.targets.end())
      return hit;
  return {.reference = -1,
          .score = -std::numeric_limits<float>::infinity(),
          .start_s = std::numeric_limits<double>::quiet_NaN()};
}

/// The first candidates of a ranking.
Ranking best_of(Ranking ranking, const retrieval::Relevance& relevance) {
  std::erase_if(ranking, [&](const retrieval::Hit& hit) {
    return std::find(relevance.excluded.begin(), relevance.excluded.end(), hit.reference) !=
           relevance.excluded.end();
  });
  ranking.resize(std::min(ranking.size(), static_cast<size_t>(kBestHits)));
  return ranking;
}

/// Intervals of one set's metrics, over its queries and over its songs.
class Judge {
 public:
  Judge(const std::vector<std::string>& songs, const EvaluationConfig& config)
      : options_{.resamples = config.bootstrap_resamples, .seed = static_cast<uint64_t>(config.seed)},
        clusters_(retrieval::clusters_of(songs)),
        keeps_rankings_(!config.distance_matrix.empty()) {}

  bool keeps_rankings() const { return keeps_rankings_; }

  MetricEstimate estimate(const retrieval::Metric& metric, std::span<const double> values) const {
    return {std::string(metric.name), retrieval::bootstrap_mean(values, options_),
            retrieval::bootstrap_clustered_mean(values, clusters_, options_)};
  }

 private:
  retrieval::BootstrapOptions options_;
  std::vector<int64_t> clusters_;  ///< [queries]
  bool keeps_rankings_;
};

SystemResult judge(const NamedSystem& system, const Folding& folding, const Judge& judge,
                   RunObserver& observer) {
  const EvaluationSet& set = folding.set();
  const auto start = std::chrono::steady_clock::now();
  SystemResult result;
  result.name = system.name;
  const std::vector<Ranking> rankings = system.system->rank(set, observer);
  const auto candidates = static_cast<int64_t>(folding.candidates().size());
  for (size_t q = 0; q < set.queries.size(); ++q) {
    Ranking ranking = folding.fold(rankings[q]);
    const retrieval::Relevance& relevance = folding.relevance()[q];
    result.ranked.push_back(retrieval::rank_query(ranking, candidates, relevance));
    const retrieval::Hit target = best_target(ranking, relevance);
    result.target_scores.push_back(target.score);
    result.target_starts_s.push_back(target.start_s);
    result.best_targets.push_back(target.reference);
    if (judge.keeps_rankings()) result.rankings.push_back(ranking);
    result.best.push_back(best_of(std::move(ranking), relevance));
  }
  for (const retrieval::Metric& metric : retrieval::all_metrics())
    result.metrics.push_back(judge.estimate(metric, retrieval::metric_values(metric, result.ranked)));
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (system.sample) result.fingerprints = projected(*system.sample, system.name);
  return result;
}

std::vector<MetricEstimate> difference_of(const SystemResult& model, const SystemResult& baseline,
                                          const Judge& judge) {
  std::vector<MetricEstimate> difference;
  for (const retrieval::Metric& metric : retrieval::all_metrics()) {
    std::vector<double> values = retrieval::metric_values(metric, model.ranked);
    const auto subtracted = retrieval::metric_values(metric, baseline.ranked);
    for (size_t q = 0; q < values.size(); ++q) values[q] -= subtracted[q];
    difference.push_back(judge.estimate(metric, values));
  }
  return difference;
}

void check(const EvaluationSet& set) {
  if (set.queries.empty()) throw ConfigError(fmt::format("[evaluate] '{}' has no queries", set.name));
  if (set.relevance.size() != set.queries.size())
    throw ConfigError(fmt::format("[evaluate] '{}' has {} queries but targets for {}", set.name,
                                  set.queries.size(), set.relevance.size()));
  if (!set.songs.empty() && set.songs.size() != set.queries.size())
    throw ConfigError(fmt::format("[evaluate] '{}' has {} queries but songs of {}", set.name,
                                  set.queries.size(), set.songs.size()));
}

}  // namespace

double SystemResult::metric(std::string_view wanted) const {
  for (const MetricEstimate& entry : metrics)
    if (entry.name == wanted) return entry.estimate.mean;
  std::string known;
  for (const MetricEstimate& entry : metrics) known += (known.empty() ? "" : ", ") + entry.name;
  throw ConfigError(fmt::format("unknown metric '{}'; known: {}", wanted, known));
}

const SystemResult* EvaluationReport::system(std::string_view wanted) const {
  const auto found = std::find_if(systems.begin(), systems.end(),
                                  [&](const SystemResult& result) { return result.name == wanted; });
  return found == systems.end() ? nullptr : &*found;
}

int64_t EvaluationReport::song_count() const {
  return static_cast<int64_t>(std::set<std::string>(songs.begin(), songs.end()).size());
}

EvaluationReport evaluate(const EvaluationSet& set, std::span<const NamedSystem> systems,
                          const EvaluationConfig& config, RunObserver& observer) {
  check(set);
  if (systems.empty()) throw ConfigError("[evaluate] no system is asked for that can do without a model");
  EvaluationReport report;
  report.name = set.name;
  report.match_with = set.match_with;
  report.left_out = set.left_out;
  report.files_left_out = set.files_left_out;
  report.broken = set.broken;
  report.sources = set.sources;
  report.availability = set.availability;
  report.shown_metrics = set.shown_metrics;
  report.config = config;
  for (const EvaluationItem& item : set.queries) report.queries.push_back(item.id);
  const Folding folding(set);
  report.candidates = folding.candidates();
  for (const retrieval::Relevance& relevance : folding.relevance())
    report.targets.push_back(relevance.targets);
  report.songs = set.songs.empty() ? report.queries : set.songs;
  const Judge intervals(report.songs, config);
  for (const auto& system : systems) report.systems.push_back(judge(system, folding, intervals, observer));
  report.repaired = set.repaired();
  const SystemResult* model = report.system("model");
  const SystemResult* baseline = report.system("baseline");
  for (const auto& [of, minus] : compared_systems(report.systems, systems))
    report.differences.push_back(
        {of, minus, difference_of(*report.system(of), *report.system(minus), intervals)});
  if (model != nullptr && baseline != nullptr)
    report.difference = difference_of(*model, *baseline, intervals);
  return report;
}

EvaluationReport evaluate(const EvaluationSet& set, const EmbedderOf& embedder,
                          const EvaluationConfig& config, RunObserver& observer) {
  const auto systems = make_systems(config.systems, embedder);
  return evaluate(set, systems, config, observer);
}

EvaluationReport evaluate(const EvaluationSet& set, const retrieval::Embedder* model,
                          const EvaluationConfig& config, RunObserver& observer) {
  const EmbedderOf own = [&](const std::string& checkpoint) { return checkpoint.empty() ? model : nullptr; };
  return evaluate(set, own, config, observer);
}

}  // namespace melomine::evaluation
