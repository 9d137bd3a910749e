#include "experiments/evaluation_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/audio_store.h"
#include "embedding/saved_model.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/evaluation_set.h"
#include "experiments/corpus_queries.h"
#include "experiments/run_directory.h"
#include "experiments/song_split.h"
#include "models/torch_compat.h"

namespace melomine::experiments {
namespace {

evaluation::EvaluationItem item_of(const datasets::AudioStore& store, size_t index) {
  return {
      store.at(index).recording.recording_id, [&store, index] { return load_recording(store, index); }, {}};
}

/// A model must not be asked for songs it learned from: where its checkpoint lies in a run's folder, the
/// split of that run is drawn again. @throws ConfigError naming such a song
void refuse_known_songs(const std::filesystem::path& checkpoint, const ExperimentConfig& config,
                        const datasets::AudioStore& store, const SongSplit& split) {
  // RUN/round_NN/train/last.safetensors
  const auto run = std::filesystem::absolute(checkpoint).parent_path().parent_path().parent_path();
  if (!std::filesystem::exists(run / "experiment.yaml")) return;
  const auto trained = configs::load_config<ExperimentConfig>(run / "experiment.yaml");
  if (trained.data.shards != config.data.shards) return;  // its songs are others, whatever they are called
  const SongSplit known = split_songs(store, trained.data, trained.seed);
  for (const std::string& song : split.held_out)
    if (!known.held_out.contains(song))
      throw ConfigError(
          fmt::format("evaluate.sets: song '{}' is held out here, but {} was trained or validated on it; "
                      "seed and data must "
                      "be those of {}",
                      song, checkpoint.string(), (run / "experiment.yaml").string()));
}

/// The held-out songs' hums against every original of the shards.
evaluation::EvaluationSet held_out_set(const datasets::AudioStore& store, const ExperimentConfig& config,
                                       const std::filesystem::path& checkpoint) {
  const SongSplit split = split_songs(store, config.data, config.seed);
  if (split.held_out.empty())
    throw ConfigError(
        "evaluate.sets: a set without queries searches the held-out songs' hums, and there are none; "
        "set data.held_out_songs");
  refuse_known_songs(checkpoint, config, store, split);
  std::set<std::string> candidates = split.train;
  candidates.insert(split.validation.begin(), split.validation.end());
  candidates.insert(split.held_out.begin(), split.held_out.end());
  const CorpusQueries found = corpus_queries(store, split.held_out, candidates);
  evaluation::EvaluationSet set;
  for (const auto& query : found.queries) {
    set.queries.push_back(item_of(store, query.recording));
    set.targets.push_back({query.target});
  }
  for (const size_t reference : found.references) set.references.push_back(item_of(store, reference));
  if (set.queries.empty()) throw ConfigError("evaluate.sets: the held-out songs have no hums in the shards");
  return set;
}

}  // namespace

std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device) {
  const torch::Device place = models::parse_device(device);
  const embedding::SavedModel model = embedding::load_model(checkpoint, place);
  spdlog::info("encoder {} (step {}, sha256 {}…)", checkpoint.string(), model.step,
               model.sha256.substr(0, 12));
  return std::make_unique<embedding::EncoderEmbedder>(model.encoder, model.config.front_end, place);
}

std::vector<evaluation::EvaluationReport> run_evaluation(const ExperimentConfig& config,
                                                         const EvaluationRequest& request,
                                                         RunObserver& observer) {
  if (config.evaluate.sets.empty())
    throw ConfigError("evaluate.sets is empty; add at least {name: held_out} with data.held_out_songs > 0");
  const auto used =
      request.checkpoint.empty() ? trained_checkpoint(config, request.round) : request.checkpoint;
  const auto embedder = load_embedder(used, config.train.device);
  const auto folder = stage_folder(config, request.round, "evaluate");
  // Until evaluate_round says so again: what is written now may be of another checkpoint.
  std::filesystem::remove(folder / "DONE");
  std::vector<evaluation::EvaluationReport> reports;
  for (const evaluation::EvaluationSetConfig& wanted : config.evaluate.sets) {
    std::unique_ptr<datasets::AudioStore> store;
    evaluation::EvaluationSet set;
    if (wanted.queries.empty()) {
      store = std::make_unique<datasets::AudioStore>(open_shards(config.data.shards));
      set = held_out_set(*store, config, used);
    } else {
      set = evaluation::read_evaluation_set(wanted.queries,
                                            {wanted.references.begin(), wanted.references.end()});
    }
    set.name = wanted.name;
    make_folder(folder / wanted.name);  // before the work whose result it is to hold
    evaluation::EvaluationConfig settings = wanted.settings;
    settings.baseline = settings.baseline && request.baseline;
    reports.push_back(evaluation::evaluate(set, embedder.get(), settings, observer));
    evaluation::write_report(reports.back(), folder / wanted.name);
  }
  return reports;
}

bool evaluate_round(const ExperimentConfig& config, int round, RunObserver& observer) {
  const auto folder = stage_folder(config, round, "evaluate");
  Sha256 inputs;
  inputs.update(sha256_of(configs::to_yaml(config)));
  inputs.update(sha256_of_file(trained_checkpoint(config, round)));
  inputs.update(read_file(std::filesystem::path(config.data.shards) / "DONE"));
  bool present = true;
  for (const evaluation::EvaluationSetConfig& set : config.evaluate.sets) {
    if (!set.queries.empty()) inputs.update(sha256_of_file(set.queries));
    for (const std::string& references : set.references)
      inputs.update(std::filesystem::is_directory(references) ? references : sha256_of_file(references));
    present = present && std::filesystem::exists(folder / set.name / "report.json");
  }
  const std::string done = inputs.finish();
  if (RunDirectory::is_done(folder, done) && present) return true;
  run_evaluation(config, {.round = round, .checkpoint = {}, .baseline = round == 0}, observer);
  RunDirectory::mark_done(folder, done);
  return false;
}

}  // namespace melomine::experiments
