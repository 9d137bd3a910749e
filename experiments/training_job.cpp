#include "experiments/training_job.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "configs/config.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/random.h"
#include "core/sha256.h"
#include "datasets/corpus.h"
#include "embedding/saved_model.h"
#include "experiments/leak_job.h"
#include "experiments/training_material.h"
#include "models/compute_threads.h"
#include "models/torch_compat.h"
#include "review/verdict_log.h"
#include "trainer/trainer.h"

namespace melomine::experiments {
namespace {

void require_data(const ExperimentConfig& config) {
  if (config.data.groups.empty() && !learns_from_melodies(config))
    throw ConfigError(
        "data.groups is empty; name the table of hum groups (CHAD's columns), or melodies under "
        "melodies.sources");
}

RoundSources sources_of(const ExperimentConfig& config, int round) {
  RoundSources sources{round, {}, {}};
  if (round == 0) {
    sources.init = config.train.init;
    return sources;
  }
  sources.mined = mined_tables(config, round);
  sources.verdicts = verdicts_of_training(layout_of(config), round);
  if (config.loop.init == InitEncoder::kPrevious) sources.init = encoder_in_force(config, round - 1);
  return sources;
}

StageInputs inputs_of(const ExperimentConfig& config, const RoundSources& sources) {
  StageInputs inputs;
  if (learns_from_melodies(config))
    add_melody_inputs(inputs, config, sources);
  else
    add_audio_inputs(inputs, config);
  for (const auto& table : sources.mined)
    inputs.emplace(fmt::format("mined ({})", table.parent_path().parent_path().filename().string()),
                   sha256_of_input("mined", table));
  if (!sources.verdicts.empty())
    inputs.emplace(fmt::format("{} ({})", kVerdictsKey, review::kVerdictsFile), sha256_of(sources.verdicts));
  if (!sources.init.empty()) add_input(inputs, sources.round == 0 ? kInitKey : "init", sources.init);
  for (const auto& file : config.encoder.network->files()) add_input(inputs, "encoder", file.string());
  return inputs;
}

/// Says where people judged pairs after the training began that could have used their verdicts.
void tell_later_verdicts(const RunLayout& layout, const RoundSources& sources) {
  if (sources.round == 0 || !std::filesystem::exists(layout.verdicts())) return;
  const auto known = review::parse_verdicts(sources.verdicts).judgements.size();
  const auto now = review::read_verdicts(layout.verdicts()).judgements.size();
  if (now <= known) return;
  log_info(
      "round {} was begun before the last {} of {} verdicts came, which wait for the next training; to train "
      "it with them, remove {} and all later rounds",
      sources.round, now - known, now, layout.stage(sources.round, StageKind::kTrain).string());
}

/// Weights of another network, or of one that hears something else, are no start.
void refuse_other_encoder(const ExperimentConfig& config, const embedding::ModelConfig& saved,
                          const std::filesystem::path& checkpoint) {
  const std::string has = configs::to_yaml(saved.encoder), wanted = configs::to_yaml(config.encoder);
  if (has != wanted)
    throw ConfigError(fmt::format("{} holds another encoder than the experiment's:\n{}where it asks for\n{}",
                                  checkpoint.string(), has, wanted));
  if (saved.front_end.type() != config.front_end.type())
    throw ConfigError(fmt::format("{} holds an encoder with front_end.type {}, the experiment asks for {}",
                                  checkpoint.string(), saved.front_end.type(), config.front_end.type()));
}

/// Everything training needs, put together before the run's folder exists: what is wrong with the data or the
/// machine leaves nothing behind.
class Job {
 public:
  Job(const ExperimentConfig& config, const RoundSources& sources,
      std::shared_ptr<distributed::ProcessGroup> group)
      : config_(config),
        sources_(sources),
        group_(std::move(group)),
        material_(learns_from_melodies(config) ? melody_material(config, sources)
                                               : audio_material(config, sources)),
        encoder_(make_encoder()),
        losses_(std::make_shared<losses::WeightedLosses>(
            config.losses, losses::LossContext{.embedding_dim = config.encoder.shape.embedding_dim,
                                               .song_classes = material_->song_count(),
                                               .seed = seed(),
                                               .knows_places = material_->knows_places()})),
        learner_(encoder_, losses_, own_training(), dropout_seed(), group_,
                 config.front_end->clip_hearing(own_training().device)) {
    if (group_) require_rows();
    if (config.train.validate_every.count > 0)
      validate_ = !group_ || group_->is_first() ? material_->validation(encoder_, learner_.device().str())
                                                : [] { return 0.0; };  // the first validates for all
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  trainer::TrainingResult run(const std::filesystem::path& folder, RunObserver& observer) {
    material_->describe();
    log_info("encoder {}: {:.2f} M parameters, {} steps an epoch", config_.encoder.network.type(),
             static_cast<double>(models::parameter_count(*encoder_)) / 1e6, material_->steps_per_epoch());
    trainer::TrainingData data;
    data.make_batch = [this](int64_t step) { return material_->make(step, own_rows(step)); };
    data.steps_per_epoch = material_->steps_per_epoch();
    data.prefetch = config_.prefetch;
    data.validate = validate_;
    embedding::ModelConfig model = config_.model();
    model.encoder.network->pin();
    return trainer::train(learner_, model, config_.train, data, folder, observer);
  }

 private:
  /// Of several ranks on a machine each has a device of its own.
  trainer::TrainConfig own_training() const {
    trainer::TrainConfig own = config_.train;
    if (group_ && own.device == "cuda") own.device = fmt::format("cuda:{}", group_->local_rank());
    return own;
  }

  datasets::BatchRows own_rows(int64_t step) const {
    if (!group_) return {};
    const auto block = distributed::block_of(material_->batch_size(step), group_->rank(), group_->size());
    return {block.first, block.end};
  }

  /// Batch norms want two clips a rank.
  void require_rows() const {
    if (const int64_t clips = material_->batch_size(0); clips < 2 * group_->size())
      throw ConfigError(fmt::format("batches of {} clips are too small for {} ranks: each needs two or more",
                                    clips, group_->size()));
    log_info("rank {} of {}; batch norms see {}", group_->rank(), group_->size(),
             config_.train.ranks.batch_norm == trainer::RankNorms::kPerRank ? "each rank's own clips"
                                                                            : "the whole batch");
  }

  uint64_t seed() const { return static_cast<uint64_t>(config_.seed); }
  uint64_t dropout_seed() const {
    return RandomStream({seed(), static_cast<uint64_t>(sources_.round), stream_id("dropout")}).bits();
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
    refuse_other_encoder(config_, previous.config, sources_.init);
    return previous.encoder;
  }

  const ExperimentConfig& config_;
  const RoundSources& sources_;
  std::shared_ptr<distributed::ProcessGroup> group_;
  std::unique_ptr<TrainingMaterial> material_;
  std::shared_ptr<models::Encoder> encoder_;
  std::shared_ptr<losses::WeightedLosses> losses_;
  trainer::Learner learner_;
  std::function<double()> validate_;
};

std::optional<Stage> begin_stage(const ExperimentConfig& config, const RoundSources& sources,
                                 const JobContext& context) {
  const RunLayout layout = layout_of(config);
  std::map<std::string, std::string> kept;
  if (!sources.verdicts.empty()) kept.emplace(review::kVerdictsFile, sources.verdicts);
  return Stage::begin(layout,
                      {.kind = StageKind::kTrain,
                       .round = sources.round,
                       .inputs = inputs_of(config, sources),
                       .outputs = {layout.last_checkpoint(sources.round)},
                       .kept = std::move(kept)},
                      config, context);
}

/// What the first of several processes knows, all do.
bool is_done_for_all(const JobContext& context, bool is_done) {
  return context.group ? context.group->of_first(is_done ? 1 : 0) > 0 : is_done;
}

}  // namespace

TrainingJobResult run_training(const ExperimentConfig& config, int round, const JobContext& context,
                               RunObserver& observer) {
  require_data(config);
  const RunLayout layout = layout_of(config);
  TrainingJobResult result;
  result.run = layout.folder();
  result.folder = layout.stage(round, StageKind::kTrain);
  if (!learns_from_melodies(config) || !config.data.groups.empty())
    datasets::Corpus::require_ingested(config.data.shards);
  const RoundSources sources = sources_of(config, round);
  std::optional<Stage> stage;
  context.alone([&] {
    tell_later_verdicts(layout, sources);
    stage = begin_stage(config, sources, context);
  });
  result.was_done = is_done_for_all(context, !stage);
  if (result.was_done) return result;
  Job job(config, sources, context.group);
  context.alone([&] {
    const LeakReport leaks = check_leaks(config, {}, observer);
    stage->open();
    if (context.group) context.group->remove_left_meetings(layout.folder());
    leaks.tell();
  });
  const models::ComputeThreads threads(config.train.threads);
  result.training = job.run(result.folder, observer);
  context.alone([&] { result.wall_s = stage->finish(); });
  return result;
}

}  // namespace melomine::experiments
