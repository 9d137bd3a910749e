#include "evaluation/baseline_system.h"

#include <tbb/parallel_for.h>

#include <mutex>

#include "core/cancellation.h"
#include "core/logging.h"

namespace melomine::evaluation {
namespace {

using retrieval::PitchContour;

PitchContour contour_of(const EvaluationItem& item, const BaselineConfig& config) {
  if (item.notes) return retrieval::contour_of(item.notes(), config.contour);
  const dsp::AudioBuffer audio = item.audio();
  const dsp::F0Track track = pitch::track_f0(audio.samples, audio.sample_rate_hz, config.f0);
  return retrieval::contour_of(track, config.contour);
}

std::vector<PitchContour> contours_of(const std::vector<EvaluationItem>& items, const BaselineConfig& config,
                                      std::string_view stage, RunObserver& observer) {
  observer.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
  std::vector<PitchContour> contours(items.size());
  std::mutex mutex;
  int64_t done = 0;
  tbb::parallel_for(size_t{0}, items.size(), [&](size_t i) {
    throw_if_cancelled();
    contours[i] = contour_of(items[i], config);
    const std::lock_guard lock(mutex);
    if (contours[i].semitones.empty()) log_warning("'{}' has no pitch that could be followed", items[i].id);
    observer.on_progress(++done, items[i].id);
  });
  observer.on_stage_end("");
  return contours;
}

class Baseline : public configs::KindOf<Baseline, SystemKind, BaselineConfig> {
 public:
  bool needs_model() const override { return false; }
  std::unique_ptr<System> make(const retrieval::Embedder*) const override {
    return std::make_unique<BaselineSystem>(config);
  }
};

}  // namespace

void bind(configs::Binder& b, BaselineConfig& c) {
  b.nested("f0", c.f0, "f0 tracker");
  b.nested("contour", c.contour, "comparison of contours");
}

configs::KindEntry baseline_kind() {
  return configs::kind<Baseline>("baseline", "contour matching, without learning");
}

std::vector<retrieval::Ranking> BaselineSystem::rank(const EvaluationSet& set, RunObserver& observer) const {
  const auto queries = contours_of(set.queries, config_, "contours of queries", observer);
  std::vector<PitchContour> references;
  const bool among_queries = set.match_with == MatchQueriesWith::kEachOther;
  if (!among_queries) references = contours_of(set.references, config_, "contours of references", observer);
  const auto& candidates = among_queries ? queries : references;
  observer.on_stage_begin("search by contour", static_cast<int64_t>(candidates.size()), "candidates");
  const auto scores = retrieval::search_contours(queries, candidates, config_.contour,
                                                 [&](int64_t done) { observer.on_progress(done, ""); });
  observer.on_stage_end("");
  return retrieval::rankings_of(scores, 1 / config_.contour.frame_rate_hz, scores.references);
}

}  // namespace melomine::evaluation
