#include "experiments/training_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "datasets/group_dataset.h"
#include "experiments/corpus_queries.h"
#include "experiments/song_split.h"
#include "models/torch_compat.h"
#include "retrieval/metrics.h"
#include "retrieval/search.h"
#include "trainer/run_directory.h"

namespace melomine::experiments {
namespace {

constexpr int kFirstRound = 0;

void require_data(const ExperimentConfig& config) {
  if (config.data.shards.empty())
    throw ConfigError("data.shards is empty; name the folder that `melomine ingest` wrote");
  if (config.data.groups.empty())
    throw ConfigError("data.groups is empty; name the table of hum groups (CHAD's columns)");
}

datasets::BatchConfig batch_config(const ExperimentConfig& config) {
  datasets::BatchConfig batch;
  batch.window = config.front_end.window;
  batch.features = config.front_end.features;
  batch.floor_db = config.front_end.floor_db;
  batch.sampler = config.sampler;
  batch.augment = config.augment;
  return batch;
}

/// What a finished training depends on beside the experiment's text.
std::string inputs_hash(const ExperimentConfig& config, const std::string& config_sha256) {
  Sha256 hash;
  hash.update(config_sha256);
  hash.update(sha256_of_file(config.data.groups));
  if (!config.data.time_maps.empty()) hash.update(sha256_of_file(config.data.time_maps));
  const auto ingested = std::filesystem::path(config.data.shards) / "DONE";
  if (std::filesystem::exists(ingested)) hash.update(read_file(ingested));
  return hash.finish();
}

/// MRR of the validation songs' hums among the validation and training songs' originals.
class Validation {
 public:
  Validation(const datasets::AudioStore& store, const SongSplit& split,
             std::shared_ptr<models::Encoder> encoder, const trainer::FrontEnd& front_end,
             torch::Device device)
      : store_(store), embedder_(std::move(encoder), front_end, device) {
    std::set<std::string> candidates = split.train;
    candidates.insert(split.validation.begin(), split.validation.end());
    set_ = corpus_queries(store, split.validation, candidates);
    if (set_.queries.empty())
      throw ConfigError("data.validation_songs: the songs drawn have no hums to validate with");
  }

  double operator()() {
    const auto references = embed(set_.references);
    std::vector<size_t> hums;
    for (const auto& query : set_.queries) hums.push_back(query.recording);
    const auto scores = retrieval::search_sequences(embed(hums), references);
    double reciprocal_ranks = 0;
    for (size_t q = 0; q < set_.queries.size(); ++q) {
      const auto ranked =
          retrieval::rank_query(scores.row(static_cast<int64_t>(q)), {{set_.queries[q].target}, {}});
      reciprocal_ranks += 1.0 / static_cast<double>(ranked.first_rank);
    }
    return reciprocal_ranks / static_cast<double>(set_.queries.size());
  }

 private:
  std::vector<retrieval::FingerprintSequence> embed(const std::vector<size_t>& recordings) {
    std::vector<retrieval::FingerprintSequence> sequences;
    for (const size_t index : recordings) sequences.push_back(embedder_.embed(load_recording(store_, index)));
    return sequences;
  }

  const datasets::AudioStore& store_;
  trainer::EncoderEmbedder embedder_;
  CorpusQueries set_;
};

}  // namespace

TrainingJobResult run_training(const ExperimentConfig& config, const std::string& provenance,
                               const std::string& command, RunObserver& observer) {
  require_data(config);
  const trainer::RunDirectory run(std::filesystem::path(config.runs) / config.name, configs::to_yaml(config));
  run.write_provenance(provenance, command);
  log_to_file(run.path() / "run.log");
  TrainingJobResult result;
  result.run = run.path();
  result.folder = run.stage(kFirstRound, "train");
  const std::string inputs = inputs_hash(config, run.config_sha256());
  if (trainer::RunDirectory::is_done(result.folder, inputs)) {
    result.was_done = true;
    return result;
  }

  const datasets::AudioStore store(config.data.shards);
  const SongSplit split = split_songs(store, config.data, config.seed);
  datasets::GroupOptions options;
  options.use_song = [&](const std::string& song) { return split.train.contains(song); };
  auto dataset = datasets::load_groups(config.data.groups, store, config.data.time_maps, options);
  spdlog::info("{}; songs: {} to train on, {} validation, {} held out", dataset.counts.summary(),
               split.train.size(), split.validation.size(), split.held_out.size());
  const auto seed = static_cast<uint64_t>(config.seed);
  const datasets::BatchMaker batches(std::move(dataset.groups), store, batch_config(config),
                                     {seed, kFirstRound});

  models::seed_torch(seed);
  const auto encoder = models::make_encoder(config.encoder, seed);
  const auto losses = std::make_shared<losses::WeightedLosses>(
      config.losses,
      losses::LossContext{config.encoder.embedding_dim, batches.sampler().song_count(), 2, seed});
  trainer::Learner learner(encoder, losses, config.train);
  spdlog::info("encoder {}: {:.2f} M parameters, {} steps an epoch", config.encoder.type,
               static_cast<double>(models::parameter_count(*encoder)) / 1e6,
               batches.sampler().steps_per_epoch());

  trainer::TrainingData data;
  data.make_batch = [&](int64_t step) { return batches.make(step); };
  data.steps_per_epoch = batches.sampler().steps_per_epoch();
  data.prefetch = config.prefetch;
  if (config.train.validate_every.count > 0)
    data.validate = [validation = std::make_shared<Validation>(store, split, encoder, config.front_end,
                                                               learner.device())] { return (*validation)(); };
  result.training = trainer::train(learner, config.model(), config.train, data, result.folder, observer);
  trainer::RunDirectory::mark_done(result.folder, inputs);
  return result;
}

std::filesystem::path trained_checkpoint(const ExperimentConfig& config) {
  const auto folder = std::filesystem::path(config.runs) / config.name / "round_00" / "train";
  for (const char* name : {"best.safetensors", "last.safetensors"})
    if (std::filesystem::exists(folder / name)) return folder / name;
  throw DataError(folder.string(), "",
                  "holds no checkpoint yet; run `melomine train` with the same experiment first");
}

}  // namespace melomine::experiments
