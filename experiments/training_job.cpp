#include "experiments/training_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/logging.h"
#include "core/random.h"
#include "datasets/batch_maker.h"
#include "datasets/group_dataset.h"
#include "datasets/joined_groups.h"
#include "embedding/encoder_embedder.h"
#include "embedding/saved_model.h"
#include "evaluation/hum_search.h"
#include "experiments/corpus_set.h"
#include "experiments/leak_check.h"
#include "experiments/split.h"
#include "models/compute_threads.h"
#include "models/evaluation_mode.h"
#include "models/torch_compat.h"
#include "retrieval/metrics.h"
#include "trainer/trainer.h"

namespace melomine::experiments {
namespace {

void require_data(const ExperimentConfig& config) {
  if (config.data.groups.empty())
    throw ConfigError("data.groups is empty; name the table of hum groups (CHAD's columns)");
}

datasets::BatchConfig batch_config(const ExperimentConfig& config) {
  return {config.front_end, config.sampler, config.augment};
}

/// What a round's encoder is made from beside the experiment's text.
struct RoundSources {
  int round = 0;
  std::vector<std::filesystem::path> mined;  ///< tables
  std::filesystem::path init;                ///< checkpoint it starts from; empty = random weights
};

RoundSources sources_of(const ExperimentConfig& config, int round) {
  RoundSources sources{round, {}, {}};
  if (round == 0) return sources;
  sources.mined = mined_tables(config, round);
  if (config.loop.init == InitEncoder::kPrevious) sources.init = encoder_in_force(config, round - 1);
  return sources;
}

StageInputs inputs_of(const ExperimentConfig& config, const RoundSources& sources) {
  StageInputs inputs;
  add_input(inputs, "data.groups", config.data.groups);
  add_input(inputs, kShardsKey, config.data.shards);
  if (!config.data.time_maps.empty()) add_input(inputs, "data.time_maps", config.data.time_maps);
  for (const auto& table : sources.mined)
    inputs.emplace(fmt::format("mined ({})", table.parent_path().parent_path().filename().string()),
                   sha256_of_input("mined", table));
  if (!sources.init.empty()) add_input(inputs, "init", sources.init);
  for (const auto& file : config.encoder.network->files()) add_input(inputs, "encoder", file.string());
  return inputs;
}

/// As an encoder hears in validation: not more often than asked for.
datasets::FrontEnd front_end_of(const ExperimentConfig& config) {
  datasets::FrontEnd front_end = config.front_end;
  front_end.window.step_s = std::max(front_end.window.step_s, config.train.validation_step_s);
  return front_end;
}

/// MRR of the validation songs' hums among the validation and training songs' originals, searched as the
/// experiment's evaluation searches held-out hums.
class Validation {
 public:
  Validation(const datasets::Corpus& corpus, const Split& split, std::shared_ptr<models::Encoder> encoder,
             const ExperimentConfig& config, torch::Device device)
      : encoder_(encoder),
        embedder_(std::move(encoder), front_end_of(config), device),
        search_(config.evaluate.corpus_search()) {
    std::set<std::string> candidates = split.train;
    candidates.insert(split.validation.begin(), split.validation.end());
    set_ = corpus_set(corpus, split.validation, candidates);
    if (set_.queries.empty())
      throw ConfigError("data.validation_songs: the songs drawn have no hums to validate with");
  }

  double operator()() const {
    const models::EvaluationMode evaluation(encoder_);
    RunObserver silent;
    const auto rankings = evaluation::search_hums(set_, embedder_, search_, silent);
    const auto references = static_cast<int64_t>(set_.references.size());
    double reciprocal_ranks = 0;
    for (size_t q = 0; q < rankings.size(); ++q)
      reciprocal_ranks +=
          1.0 /
          static_cast<double>(retrieval::rank_query(rankings[q], references, set_.relevance[q]).first_rank);
    return reciprocal_ranks / static_cast<double>(rankings.size());
  }

 private:
  std::shared_ptr<models::Encoder> encoder_;
  embedding::EncoderEmbedder embedder_;
  evaluation::HumSearchConfig search_;
  evaluation::EvaluationSet set_;
};

/// Everything training needs, put together before the run's folder exists: what is wrong with the data or the
/// machine leaves nothing behind.
class Job {
 public:
  Job(const ExperimentConfig& config, const RoundSources& sources)
      : config_(config),
        sources_(sources),
        corpus_(datasets::Corpus::open(config.data.shards, config.data.rendition)),
        split_(split_songs(corpus_, config.data, config.seed)),
        batches_(load_training_groups(), corpus_.store(), batch_config(config),
                 {seed(), static_cast<uint64_t>(sources.round)}),
        encoder_(make_encoder()),
        losses_(std::make_shared<losses::WeightedLosses>(
            config.losses, losses::LossContext{.embedding_dim = config.encoder.shape.embedding_dim,
                                               .song_classes = batches_.song_count(),
                                               .seed = seed(),
                                               .knows_places = batches_.knows_places()})),
        learner_(encoder_, losses_, config.train, dropout_seed()) {
    if (config.train.validate_every.count > 0)
      validation_.emplace(corpus_, split_, encoder_, config, learner_.device());
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  trainer::TrainingResult run(const std::filesystem::path& folder, RunObserver& observer) {
    const auto& sampler = batches_.sampler();
    log_info("songs: {} to train on ({} with hums in H), {} validation, {} held out", split_.train.size(),
             split_.hums.size(), split_.validation.size(), split_.held_out.size());
    log_info("encoder {}: {:.2f} M parameters, {} steps an epoch", config_.encoder.network.type(),
             static_cast<double>(models::parameter_count(*encoder_)) / 1e6, sampler.steps_per_epoch());
    if (config_.loop.hum_share > 0) log_hum_share();
    trainer::TrainingData data;
    data.make_batch = [this](int64_t step) { return batches_.make(step); };
    data.steps_per_epoch = sampler.steps_per_epoch();
    data.prefetch = config_.prefetch;
    if (validation_) data.validate = [this] { return (*validation_)(); };
    embedding::ModelConfig model = config_.model();
    model.encoder.network->pin();
    return trainer::train(learner_, model, config_.train, data, folder, observer);
  }

 private:
  uint64_t seed() const { return static_cast<uint64_t>(config_.seed); }
  uint64_t dropout_seed() const {
    return RandomStream({seed(), static_cast<uint64_t>(sources_.round), stream_id("dropout")}).bits();
  }

  /// A group is in a batch but once, so a few groups of H may stay below what loop.hum_share asks for.
  void log_hum_share() const {
    const double share = datasets::share_of_heavier(batches_.sampler(), batches_.groups());
    if (share > 0)
      log_info("H is {:.0f} % of the groups drawn in the first epoch, {:.0f} % are asked for", 100 * share,
               100 * config_.loop.hum_share);
  }

  /// H, weighted as loop.hum_share asks, then what was mined, then what joins the two.
  std::vector<datasets::FragmentGroup> load_training_groups() const {
    refuse_shared_recordings(corpus_.store(), split_);
    datasets::GroupOptions options;
    options.use_song = [this](const std::string& song) { return split_.hums.contains(song); };
    const datasets::GroupDataset hums =
        datasets::load_groups(config_.data.groups, corpus_.store(), config_.data.time_maps, options);
    log_info("{}: {}", config_.data.groups, hums.counts.summary());
    refuse_held_out_fragments(hums.held_out, corpus_.store(), split_);
    std::vector<datasets::FragmentGroup> others;
    for (const auto& table : sources_.mined) {
      datasets::GroupDataset mined = load_mined_groups(table);
      log_info("{}: {}", table.string(), mined.counts.summary());
      std::move(mined.groups.begin(), mined.groups.end(), std::back_inserter(others));
    }
    if (config_.loop.join_hums) {
      auto joined = datasets::join_groups(hums.groups, others, config_.front_end.window.length_s);
      log_info("{} groups join hums and mined covers", joined.size());
      std::move(joined.begin(), joined.end(), std::back_inserter(others));
    }
    const double weight = hum_weight(config_.loop, static_cast<int64_t>(hums.groups.size()),
                                     static_cast<int64_t>(others.size()));
    if (weight > 1)
      log_info("each of the {} groups of H weighs {:.2f} beside {} mined ones", hums.groups.size(), weight,
               others.size());
    std::vector<datasets::FragmentGroup> all = hums.groups;
    for (datasets::FragmentGroup& group : all) group.weight = weight;
    std::move(others.begin(), others.end(), std::back_inserter(all));
    refuse_held_out_fragments(all, corpus_.store(), split_);
    return all;
  }

  datasets::GroupDataset load_mined_groups(const std::filesystem::path& table) const {
    const auto rows = datasets::read_fragment_table(table);
    refuse_held_out_rows(rows, table, corpus_.store(), split_);
    return datasets::build_groups(rows, corpus_.store());
  }

  std::shared_ptr<models::Encoder> make_encoder() const {
    models::seed_torch(seed());
    // Rounds start from different random weights; those of M_0 are the seed's own.
    const uint64_t start =
        sources_.round == 0
            ? seed()
            : RandomStream({seed(), static_cast<uint64_t>(sources_.round), stream_id("encoder")}).bits();
    if (sources_.init.empty()) return models::make_encoder(config_.encoder, start);
    const embedding::SavedModel previous = embedding::load_model(sources_.init, torch::kCPU);
    return previous.encoder;
  }

  const ExperimentConfig& config_;
  const RoundSources& sources_;
  datasets::Corpus corpus_;
  Split split_;
  datasets::BatchMaker batches_;
  std::shared_ptr<models::Encoder> encoder_;
  std::shared_ptr<losses::WeightedLosses> losses_;
  trainer::Learner learner_;
  std::optional<Validation> validation_;
};

}  // namespace

TrainingJobResult run_training(const ExperimentConfig& config, int round, const JobContext& context,
                               RunObserver& observer) {
  require_data(config);
  const RunLayout layout = layout_of(config);
  TrainingJobResult result;
  result.run = layout.folder();
  result.folder = layout.stage(round, StageKind::kTrain);
  datasets::Corpus::require_ingested(config.data.shards);
  const RoundSources sources = sources_of(config, round);
  auto stage = Stage::begin(layout,
                            {.kind = StageKind::kTrain,
                             .round = round,
                             .inputs = inputs_of(config, sources),
                             .outputs = {layout.last_checkpoint(round)}},
                            config, context);
  if (!stage) {
    result.was_done = true;
    return result;
  }
  Job job(config, sources);
  stage->open();
  const models::ComputeThreads threads(config.train.threads);
  result.training = job.run(result.folder, observer);
  result.wall_s = stage->finish();
  return result;
}

}  // namespace melomine::experiments
