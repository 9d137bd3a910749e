#include "experiments/training_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>

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

/// What training depends on beside the experiment's text.
trainer::StageInputs inputs_of(const ExperimentConfig& config) {
  const auto name = [](const char* key, const std::string& path) {
    return fmt::format("{} ({})", key, path);
  };
  trainer::StageInputs inputs = {
      {name("data.groups", config.data.groups), sha256_of_file(config.data.groups)},
      {name("data.shards", config.data.shards),
       sha256_of_file(std::filesystem::path(config.data.shards) / "DONE")}};
  if (!config.data.time_maps.empty())
    inputs.emplace(name("data.time_maps", config.data.time_maps), sha256_of_file(config.data.time_maps));
  return inputs;
}

/// The same and the text in one hash, for DONE.
std::string inputs_hash(const ExperimentConfig& config, const std::string& config_sha256) {
  Sha256 hash;
  hash.update(config_sha256);
  hash.update(sha256_of_file(config.data.groups));
  if (!config.data.time_maps.empty()) hash.update(sha256_of_file(config.data.time_maps));
  hash.update(read_file(std::filesystem::path(config.data.shards) / "DONE"));
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

/// Everything training needs, put together before the run's folder exists: what is wrong with the data or the
/// machine leaves nothing behind.
class Job {
 public:
  explicit Job(const ExperimentConfig& config)
      : config_(config),
        store_(open_shards(config.data.shards)),
        split_(split_songs(store_, config.data, config.seed)),
        dataset_(load_training_groups()),
        batches_(std::move(dataset_.groups), store_, batch_config(config), {seed(), kFirstRound}),
        encoder_(make_encoder()),
        losses_(std::make_shared<losses::WeightedLosses>(
            config.losses,
            losses::LossContext{config.encoder.embedding_dim, batches_.sampler().song_count(), 2, seed()})),
        learner_(encoder_, losses_, config.train) {
    if (config.train.validate_every.count > 0)
      validation_.emplace(store_, split_, encoder_, config.front_end, learner_.device());
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  trainer::TrainingResult run(const std::filesystem::path& folder, RunObserver& observer) {
    const auto& sampler = batches_.sampler();
    spdlog::info("{}: {}; songs: {} to train on, {} validation, {} held out", config_.data.groups,
                 dataset_.counts.summary(), split_.train.size(), split_.validation.size(),
                 split_.held_out.size());
    spdlog::info("encoder {}: {:.2f} M parameters, {} steps an epoch", config_.encoder.type,
                 static_cast<double>(models::parameter_count(*encoder_)) / 1e6, sampler.steps_per_epoch());
    trainer::TrainingData data;
    data.make_batch = [this](int64_t step) { return batches_.make(step); };
    data.steps_per_epoch = sampler.steps_per_epoch();
    data.prefetch = config_.prefetch;
    if (validation_) data.validate = [this] { return (*validation_)(); };
    return trainer::train(learner_, config_.model(), config_.train, data, folder, observer);
  }

 private:
  uint64_t seed() const { return static_cast<uint64_t>(config_.seed); }

  datasets::GroupDataset load_training_groups() const {
    datasets::GroupOptions options;
    options.use_song = [this](const std::string& song) { return split_.train.contains(song); };
    return datasets::load_groups(config_.data.groups, store_, config_.data.time_maps, options);
  }

  std::shared_ptr<models::Encoder> make_encoder() const {
    models::seed_torch(seed());
    return models::make_encoder(config_.encoder, seed());
  }

  const ExperimentConfig& config_;
  datasets::AudioStore store_;
  SongSplit split_;
  datasets::GroupDataset dataset_;
  datasets::BatchMaker batches_;
  std::shared_ptr<models::Encoder> encoder_;
  std::shared_ptr<losses::WeightedLosses> losses_;
  trainer::Learner learner_;
  std::optional<Validation> validation_;
};

}  // namespace

TrainingJobResult run_training(const ExperimentConfig& config, const std::string& provenance,
                               const std::string& command, RunObserver& observer) {
  require_data(config);
  const std::string yaml = configs::to_yaml(config);
  TrainingJobResult result;
  result.run = std::filesystem::path(config.runs) / config.name;
  result.folder = result.run / fmt::format("round_{:02}", kFirstRound) / "train";
  trainer::RunDirectory::refuse_other(result.run, yaml);
  require_ingested(config.data.shards);
  const trainer::StageInputs inputs = inputs_of(config);
  const std::string done = inputs_hash(config, sha256_of(yaml));
  trainer::RunDirectory::refuse_changed_inputs(result.folder, inputs);
  if (trainer::RunDirectory::is_done(result.folder, done)) {
    result.was_done = true;
    return result;
  }

  Job job(config);
  const trainer::RunDirectory run(result.run, yaml);
  run.write_provenance(provenance, command);
  log_to_file(run.path() / "run.log");
  trainer::RunDirectory::keep_inputs(run.stage(kFirstRound, "train"), inputs);
  result.training = job.run(result.folder, observer);
  trainer::RunDirectory::mark_done(result.folder, done);
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
