#include "report/mistakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "experiments/experiment_config.h"
#include "report/audio_clips.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using evaluation::ItemRole;
using evaluation::QueryRecord;

double margin_of(const QueryRecord& query) {
  const double margin = query.top1_score - query.score;
  return std::isfinite(margin) ? margin : std::numeric_limits<double>::infinity();
}

const experiments::EvaluationSetConfig& settings_of(const RunRecord& run, const std::string& set) {
  if (run.experiment != nullptr)
    for (const auto& own : run.experiment->evaluate.sets)
      if (own.name == set) return own;
  throw ConfigError(fmt::format("experiment.yaml does not say what '{}' asks", set));
}

}  // namespace

int64_t count_mistakes(const evaluation::SystemRecord& system) {
  return std::count_if(system.queries.begin(), system.queries.end(),
                       [](const QueryRecord& query) { return query.rank > 1; });
}

std::vector<Mistake> mistakes_to_hear(const evaluation::SystemRecord& system, size_t count) {
  std::vector<Mistake> all;
  for (const QueryRecord& query : system.queries)
    if (query.rank > 1) all.push_back({&query, margin_of(query), true});
  std::stable_sort(all.begin(), all.end(),
                   [](const Mistake& a, const Mistake& b) { return a.margin < b.margin; });
  std::vector<Mistake> chosen;
  for (size_t narrow = 0, wide = all.size(); chosen.size() < count && narrow < wide;) {
    chosen.push_back(all[narrow++]);
    if (chosen.size() == count || narrow == wide) break;
    chosen.push_back(all[--wide]);
    chosen.back().is_narrow = false;
  }
  return chosen;
}

std::vector<SetMistakes> mistakes_of(const RunRecord& run, size_t count) {
  std::vector<SetMistakes> all;
  size_t with_mistakes = 0;
  for (size_t i = 0; i < run.sets.size(); ++i)
    if (auto result = result_of(run, run.sets[i])) {
      with_mistakes += count_mistakes(*result->best().system) > 0 ? 1 : 0;
      all.push_back({i, std::move(*result), {}});
    }
  if (count == 0 || with_mistakes == 0) return all;
  for (SetMistakes& set : all)
    set.mistakes = mistakes_to_hear(*set.result.best().system, std::max<size_t>(1, count / with_mistakes));
  return all;
}

std::string mistake_anchor(size_t set, const std::string& query) {
  std::string anchor = fmt::format("mistake-{}-", set);
  for (const char c : query) anchor += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return anchor;
}

SetAudio::SetAudio(const RunRecord& run, const std::string& set, const ReportInputs& inputs) {
  const experiments::EvaluationSetConfig& settings = settings_of(run, set);
  if (settings.protocol->asks_of() == experiments::AsksOf::kCorpus) {
    const fs::path shards = inputs.shards.empty() ? run.shards : inputs.shards;
    store_.emplace(shards, run.experiment->data.rendition);
    return;
  }
  protocol_ = settings.protocol->make(
      {.experiment = *run.experiment, .checkpoints = {}, .broken = evaluation::BrokenItems::kAreLeftOut});
  set_ = protocol_->build();
  for (const auto& item : set_.queries) items_.emplace(std::pair(ItemRole::kQuery, item.id), &item);
  const auto& candidates = set_.candidates();
  for (size_t c = 0; c < candidates.size(); ++c) {
    items_.emplace(std::pair(ItemRole::kReference, candidates[c].id), &candidates[c]);
    // Of those that are one candidate, the first stands for all.
    if (!set_.folds.empty()) items_.emplace(std::pair(ItemRole::kReference, set_.folds[c]), &candidates[c]);
  }
}

dsp::AudioBuffer SetAudio::load(ItemRole role, const std::string& id) const {
  const auto found = items_.find({role, id});
  if (found == items_.end()) throw DataError(id, "", "is no item of the set any more");
  return found->second->audio();
}

double SetAudio::duration_s(ItemRole role, const std::string& id) const {
  if (!store_) return load(role, id).duration_s();
  const int64_t index = store_->find(id);
  if (index < 0) throw DataError("shards", id, "is not in them");
  return static_cast<double>(store_->at(static_cast<size_t>(index)).length_samples) /
         store_->sample_rate_hz();
}

dsp::AudioBuffer SetAudio::clip(ItemRole role, const std::string& id, double start_s,
                                double duration_s) const {
  duration_s = std::min(duration_s, kLongestClip_s);
  if (store_) return clip_of(*store_, id, {start_s, start_s + duration_s});
  const dsp::AudioBuffer whole = load(role, id);
  const auto sample_at = [&](double time_s) {
    return std::clamp<int64_t>(std::llround(time_s * whole.sample_rate_hz), 0,
                               static_cast<int64_t>(whole.samples.size()));
  };
  return {.samples = {whole.samples.begin() + sample_at(start_s),
                      whole.samples.begin() + sample_at(start_s + duration_s)},
          .sample_rate_hz = whole.sample_rate_hz};
}

}  // namespace melomine::report
