#include "experiments/evaluation_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "core/error.h"
#include "datasets/audio_store.h"
#include "experiments/corpus_queries.h"
#include "experiments/song_split.h"
#include "experiments/training_job.h"
#include "models/torch_compat.h"
#include "trainer/evaluation_report.h"
#include "trainer/evaluation_set.h"
#include "trainer/saved_model.h"

namespace melomine::experiments {
namespace {

trainer::EvaluationItem item_of(const datasets::AudioStore& store, size_t index) {
  return {
      store.at(index).recording.recording_id, [&store, index] { return load_recording(store, index); }, {}};
}

/// The held-out songs' hums against every original of the shards.
trainer::EvaluationSet held_out_set(const datasets::AudioStore& store, const ExperimentConfig& config) {
  const SongSplit split = split_songs(store, config.data, config.seed);
  if (split.held_out.empty())
    throw ConfigError(
        "evaluate.sets: a set without queries searches the held-out songs' hums, and there are none; "
        "set data.held_out_songs");
  std::set<std::string> candidates = split.train;
  candidates.insert(split.validation.begin(), split.validation.end());
  candidates.insert(split.held_out.begin(), split.held_out.end());
  const CorpusQueries found = corpus_queries(store, split.held_out, candidates);
  trainer::EvaluationSet set;
  for (const auto& query : found.queries) {
    set.queries.push_back(item_of(store, query.recording));
    set.targets.push_back({query.target});
  }
  for (const size_t reference : found.references) set.references.push_back(item_of(store, reference));
  if (set.queries.empty()) throw ConfigError("evaluate.sets: the held-out songs have no hums in the shards");
  return set;
}

}  // namespace

std::unique_ptr<mining::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                const std::string& device) {
  const torch::Device place = models::parse_device(device);
  const trainer::SavedModel model = trainer::load_model(checkpoint, place);
  spdlog::info("encoder {} (step {}, sha256 {}…)", checkpoint.string(), model.step,
               model.sha256.substr(0, 12));
  return std::make_unique<trainer::EncoderEmbedder>(model.encoder, model.config.front_end, place);
}

std::vector<trainer::EvaluationReport> run_evaluation(const ExperimentConfig& config,
                                                      const std::filesystem::path& checkpoint,
                                                      RunObserver& observer) {
  if (config.evaluate.sets.empty())
    throw ConfigError("evaluate.sets is empty; add at least {name: held_out} with data.held_out_songs > 0");
  const auto embedder =
      load_embedder(checkpoint.empty() ? trained_checkpoint(config) : checkpoint, config.train.device);
  const auto folder = std::filesystem::path(config.runs) / config.name / "round_00" / "evaluate";
  std::vector<trainer::EvaluationReport> reports;
  for (const EvaluationSetConfig& wanted : config.evaluate.sets) {
    std::unique_ptr<datasets::AudioStore> store;
    trainer::EvaluationSet set;
    if (wanted.queries.empty()) {
      store = std::make_unique<datasets::AudioStore>(config.data.shards);
      set = held_out_set(*store, config);
    } else {
      set =
          trainer::read_evaluation_set(wanted.queries, {wanted.references.begin(), wanted.references.end()});
    }
    set.name = wanted.name;
    reports.push_back(trainer::evaluate(set, embedder.get(), wanted.settings, observer));
    trainer::write_report(reports.back(), folder / wanted.name);
  }
  return reports;
}

}  // namespace melomine::experiments
