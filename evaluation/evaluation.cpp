#include "evaluation/evaluation.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>

#include "core/cancellation.h"
#include "core/error.h"
#include "dsp/silence.h"
#include "dsp/time_stretch.h"
#include "retrieval/search.h"

namespace melomine::evaluation {
namespace {

using retrieval::FingerprintSequence;
using retrieval::PitchContour;
using retrieval::ScoreMatrix;

/// Items whose audio is loaded ahead of the model at once.
constexpr size_t kLoadedItems = 16;

PitchContour contour_of(const EvaluationItem& item, const EvaluationConfig& config) {
  if (item.notes) return retrieval::contour_of(item.notes(), config.contour);
  const dsp::AudioBuffer audio = item.audio();
  const dsp::F0Track track = dsp::track_f0(audio.samples, audio.sample_rate_hz, config.f0);
  return retrieval::contour_of(track, config.contour);
}

std::vector<PitchContour> contours_of(const std::vector<EvaluationItem>& items,
                                      const EvaluationConfig& config, std::string_view stage,
                                      RunObserver& observer) {
  observer.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
  std::vector<PitchContour> contours(items.size());
  std::mutex mutex;
  int64_t done = 0;
  tbb::parallel_for(size_t{0}, items.size(), [&](size_t i) {
    throw_if_cancelled();
    contours[i] = contour_of(items[i], config);
    const std::lock_guard lock(mutex);
    if (contours[i].semitones.empty()) spdlog::warn("'{}' has no pitch that could be followed", items[i].id);
    observer.on_progress(++done, items[i].id);
  });
  observer.on_stage_end("");
  return contours;
}

ScoreMatrix baseline_scores(const EvaluationSet& set, const EvaluationConfig& config, RunObserver& observer) {
  const auto queries = contours_of(set.queries, config, "contours of queries", observer);
  std::vector<PitchContour> references;
  if (!set.references.empty())
    references = contours_of(set.references, config, "contours of references", observer);
  const auto& candidates = set.references.empty() ? queries : references;
  observer.on_stage_begin("search without learning", static_cast<int64_t>(candidates.size()), "candidates");
  ScoreMatrix scores = retrieval::search_contours(queries, candidates, config.contour,
                                                  [&](int64_t done) { observer.on_progress(done, ""); });
  observer.on_stage_end("");
  return scores;
}

/// How the model hears an item.
struct Hearing {
  double tempo_ratio = 1;
  double trim_db = 0;  ///< 0 = the whole item
};

dsp::AudioBuffer hear(const EvaluationItem& item, const Hearing& hearing) {
  dsp::AudioBuffer audio = item.audio();
  if (hearing.trim_db > 0) {
    const auto sounding = dsp::split_at_silence(audio.samples, {.level_db = hearing.trim_db});
    if (!sounding.empty()) {
      audio.samples.resize(static_cast<size_t>(sounding.back().end));
      audio.samples.erase(audio.samples.begin(), audio.samples.begin() + sounding.front().start);
    }
  }
  if (hearing.tempo_ratio != 1.0)
    audio.samples = dsp::time_stretch(audio.samples, hearing.tempo_ratio, audio.sample_rate_hz);
  return audio;
}

/// Fingerprints of the items. Loading, trimming and stretching run in parallel, a few items ahead.
std::vector<FingerprintSequence> embed_all(const std::vector<EvaluationItem>& items,
                                           const retrieval::Embedder& model, const Hearing& hearing,
                                           std::string_view stage, RunObserver& observer) {
  observer.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
  std::vector<FingerprintSequence> sequences;
  for (size_t start = 0; start < items.size(); start += kLoadedItems) {
    const size_t count = std::min(kLoadedItems, items.size() - start);
    std::vector<dsp::AudioBuffer> loaded(count);
    tbb::parallel_for(size_t{0}, count, [&](size_t i) { loaded[i] = hear(items[start + i], hearing); });
    for (size_t i = 0; i < count; ++i) {
      throw_if_cancelled();
      sequences.push_back(model.embed(loaded[i]));
      observer.on_progress(static_cast<int64_t>(start + i + 1), items[start + i].id);
    }
  }
  observer.on_stage_end("");
  return sequences;
}

ScoreMatrix model_scores(const EvaluationSet& set, const retrieval::Embedder& model,
                         const EvaluationConfig& config, RunObserver& observer) {
  const bool each_other = set.references.empty();
  const auto candidates = embed_all(
      each_other ? set.queries : set.references, model, {1.0, each_other ? config.trim_queries_db : 0},
      each_other ? "fingerprints of queries" : "fingerprints of references", observer);
  ScoreMatrix best(static_cast<int64_t>(set.queries.size()), static_cast<int64_t>(candidates.size()),
                   -std::numeric_limits<float>::infinity());
  for (const double ratio : config.query_tempo_ratios) {
    const bool known = each_other && ratio == 1.0;
    const auto queries = known ? candidates
                               : embed_all(set.queries, model, {ratio, config.trim_queries_db},
                                           fmt::format("fingerprints of queries, tempo {}", ratio), observer);
    const ScoreMatrix scores = retrieval::search_sequences(queries, candidates);
    for (size_t i = 0; i < best.scores.size(); ++i)
      best.scores[i] = std::max(best.scores[i], scores.scores[i]);
  }
  return best;
}

retrieval::BootstrapOptions bootstrap_options(const EvaluationConfig& config) {
  return {.resamples = config.bootstrap_resamples, .seed = static_cast<uint64_t>(config.seed)};
}

SystemResult judge(std::string name, ScoreMatrix scores, const EvaluationSet& set,
                   const EvaluationConfig& config) {
  SystemResult result;
  result.name = std::move(name);
  result.scores = std::move(scores);
  for (size_t q = 0; q < set.queries.size(); ++q) {
    retrieval::Relevance relevance{set.targets[q], {}};
    if (set.references.empty()) relevance.excluded.push_back(static_cast<int64_t>(q));
    result.ranked.push_back(retrieval::rank_query(result.scores.row(static_cast<int64_t>(q)), relevance));
  }
  for (const retrieval::Metric& metric : retrieval::all_metrics()) {
    const auto values = retrieval::metric_values(metric, result.ranked);
    result.metrics.push_back(
        {std::string(metric.name), retrieval::bootstrap_mean(values, bootstrap_options(config))});
  }
  return result;
}

std::vector<MetricEstimate> difference_of(const SystemResult& model, const SystemResult& baseline,
                                          const EvaluationConfig& config) {
  std::vector<MetricEstimate> difference;
  for (const retrieval::Metric& metric : retrieval::all_metrics()) {
    const auto a = retrieval::metric_values(metric, model.ranked);
    const auto b = retrieval::metric_values(metric, baseline.ranked);
    difference.push_back(
        {std::string(metric.name), retrieval::bootstrap_difference(a, b, bootstrap_options(config))});
  }
  return difference;
}

void check(const EvaluationSet& set, const retrieval::Embedder* model, const EvaluationConfig& config) {
  if (set.queries.empty()) throw ConfigError(fmt::format("[evaluate] '{}' has no queries", set.name));
  if (set.targets.size() != set.queries.size())
    throw ConfigError(fmt::format("[evaluate] '{}' has {} queries but targets for {}", set.name,
                                  set.queries.size(), set.targets.size()));
  if (model == nullptr && !config.baseline)
    throw ConfigError("[evaluate] neither a model nor the baseline is asked for");
  if (config.query_tempo_ratios.empty()) throw ConfigError("[evaluate] query_tempo_ratios is empty");
}

}  // namespace

void bind(configs::Binder& b, EvaluationConfig& c) {
  b.boolean("baseline", c.baseline, "evaluate the contour baseline, without learning, beside the model");
  b.nested("f0", c.f0, "the baseline's f0 tracker");
  b.nested("contour", c.contour, "the baseline's comparison of contours");
  b.numbers("query_tempo_ratios", c.query_tempo_ratios, configs::between(0.25, 4),
            "tempos at which the model hears each query (> 1 is faster); the best score counts");
  b.number("trim_queries_db", c.trim_queries_db, configs::at_least(0),
           "ends of a query this far under its loudest frame are cut for the model; 0: kept");
  b.integer("bootstrap_resamples", c.bootstrap_resamples, configs::at_least(1),
            "resamples behind each interval");
  b.integer("seed", c.seed, configs::at_least(0), "of the bootstrap");
}

double SystemResult::metric(std::string_view wanted) const {
  for (const MetricEstimate& entry : metrics)
    if (entry.name == wanted) return entry.estimate.mean;
  std::string known;
  for (const MetricEstimate& entry : metrics) known += (known.empty() ? "" : ", ") + entry.name;
  throw ConfigError(fmt::format("unknown metric '{}'; known: {}", wanted, known));
}

EvaluationReport evaluate(const EvaluationSet& set, const retrieval::Embedder* model,
                          const EvaluationConfig& config, RunObserver& observer) {
  check(set, model, config);
  EvaluationReport report;
  report.name = set.name;
  report.targets = set.targets;
  report.left_out = set.left_out;
  report.each_other = set.references.empty();
  report.config = config;
  for (const EvaluationItem& item : set.queries) report.queries.push_back(item.id);
  for (const EvaluationItem& item : set.references.empty() ? set.queries : set.references)
    report.candidates.push_back(item.id);
  const auto add = [&](std::string name, const std::function<ScoreMatrix()>& score) {
    const auto start = std::chrono::steady_clock::now();
    report.systems.push_back(judge(std::move(name), score(), set, config));
    report.systems.back().wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  if (config.baseline) add("no learning", [&] { return baseline_scores(set, config, observer); });
  if (model != nullptr) add("model", [&] { return model_scores(set, *model, config, observer); });
  if (report.systems.size() == 2)
    report.difference = difference_of(report.systems[1], report.systems[0], config);
  return report;
}

}  // namespace melomine::evaluation
