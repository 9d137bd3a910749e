#include "experiments/evaluation_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <set>
#include <utility>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/audio_store.h"
#include "embedding/saved_model.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/evaluation_set.h"
#include "experiments/corpus_queries.h"
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
  const auto run = RunLayout::around(checkpoint);
  if (!run) return;
  const auto trained = configs::load_config<ExperimentConfig>(run->experiment());
  const auto resolved = [](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  // Of other shards its songs are others, whatever they are called.
  if (resolved(trained.data.shards) != resolved(config.data.shards)) return;
  const SongSplit known = split_songs(store, trained.data, trained.seed);
  for (const std::string& song : split.held_out)
    if (!known.held_out.contains(song))
      throw ConfigError(
          fmt::format("evaluate.sets: song '{}' is held out here, but {} was trained or validated on it; "
                      "seed and data must be those of {}",
                      song, checkpoint.string(), run->experiment().string()));
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

/// A set with the audio that it reads from.
struct OpenSet {
  std::unique_ptr<datasets::AudioStore> store;  ///< of a set out of the shards
  evaluation::EvaluationSet set;
};

OpenSet open_set(const evaluation::EvaluationSetConfig& wanted, const ExperimentConfig& config,
                 const std::filesystem::path& checkpoint) {
  OpenSet open;
  if (wanted.queries.empty()) {
    open.store = std::make_unique<datasets::AudioStore>(open_shards(config.data.shards));
    open.set = held_out_set(*open.store, config, checkpoint);
  } else {
    open.set =
        evaluation::read_evaluation_set(wanted.queries, {wanted.references.begin(), wanted.references.end()});
  }
  open.set.name = wanted.name;
  return open;
}

StageInputs inputs_of(const ExperimentConfig& config, const std::filesystem::path& checkpoint) {
  StageInputs inputs = {{"encoder", sha256_of_file(checkpoint)},
                        {"evaluate", sha256_of(configs::to_yaml(config.evaluate))}};
  bool reads_shards = false;
  for (size_t i = 0; i < config.evaluate.sets.size(); ++i) {
    const auto& set = config.evaluate.sets[i];
    reads_shards = reads_shards || set.queries.empty();
    if (!set.queries.empty()) add_input(inputs, fmt::format("evaluate.sets[{}].queries", i), set.queries);
    for (size_t r = 0; r < set.references.size(); ++r)
      add_input(inputs, fmt::format("evaluate.sets[{}].references[{}]", i, r), set.references[r]);
  }
  if (!reads_shards) return inputs;
  require_ingested(config.data.shards);
  add_input(inputs, kShardsKey, config.data.shards);
  return inputs;
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

EvaluationJobResult run_evaluation(const ExperimentConfig& config, const EvaluationRequest& request,
                                   const JobContext& context, RunObserver& observer) {
  if (config.evaluate.sets.empty())
    throw ConfigError("evaluate.sets is empty; add at least {name: held_out} with data.held_out_songs > 0");
  const auto used =
      request.checkpoint.empty() ? trained_checkpoint(config, request.round) : request.checkpoint;
  const RunLayout layout = layout_of(config);
  StageSpec spec{.kind = StageKind::kEvaluate,
                 .round = request.round,
                 .inputs = inputs_of(config, used),
                 .outputs = {},
                 .repeat = request.repeat};
  for (const auto& set : config.evaluate.sets)
    spec.outputs.push_back(layout.evaluation_report(request.round, set.name));
  auto stage = Stage::begin(layout, std::move(spec), config, context);
  EvaluationJobResult result;
  if (!stage) {
    result.was_done = true;
    return result;
  }
  const auto embedder = load_embedder(used, config.train.device);
  std::vector<OpenSet> sets;
  for (const auto& wanted : config.evaluate.sets) sets.push_back(open_set(wanted, config, used));
  stage->open();
  for (size_t i = 0; i < sets.size(); ++i) {
    const auto folder = layout.evaluation(request.round, sets[i].set.name);
    make_folder(folder);  // before the work whose result it is to hold
    evaluation::EvaluationConfig settings = config.evaluate.sets[i].settings;
    settings.baseline = settings.baseline && request.round == 0;
    result.reports.push_back(evaluation::evaluate(sets[i].set, embedder.get(), settings, observer));
    evaluation::write_report(result.reports.back(), folder);
  }
  result.wall_s = stage->finish();
  return result;
}

}  // namespace melomine::experiments
