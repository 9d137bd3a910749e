#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/logging.h"
#include "datasets/batch_maker.h"
#include "datasets/corpus.h"
#include "evaluation/hum_search.h"
#include "experiments/corpus_set.h"
#include "experiments/split.h"
#include "experiments/training_groups.h"
#include "experiments/training_material.h"
#include "models/evaluation_mode.h"
#include "retrieval/metrics.h"

namespace melomine::experiments {
namespace {

datasets::BatchSettings batch_settings(const ExperimentConfig& config) {
  return {.window = config.front_end->window(), .sampler = config.sampler, .augment = config.augment};
}

/// As an encoder hears in validation: not more often than asked for.
embedding::FrontEndChoice front_end_of(const ExperimentConfig& config) {
  embedding::FrontEndChoice front_end = config.front_end;
  double& step_s = front_end->window().step_s;
  step_s = std::max(step_s, config.train.validation_step_s);
  return front_end;
}

/// MRR of the validation songs' hums among the validation and training songs' originals, searched as the
/// experiment's evaluation searches held-out hums.
class Validation {
 public:
  Validation(const datasets::Corpus& corpus, const Split& split, std::shared_ptr<models::Encoder> encoder,
             const ExperimentConfig& config, const std::string& device)
      : encoder_(encoder),
        embedder_(front_end_of(config)->make_embedder(std::move(encoder), device)),
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
    const auto rankings = evaluation::search_hums(set_, *embedder_, search_, silent);
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
  std::unique_ptr<retrieval::Embedder> embedder_;
  evaluation::HumSearchConfig search_;
  evaluation::EvaluationSet set_;
};

/// Put together before the run's folder exists: what is wrong with the data leaves nothing behind.
class AudioMaterial : public TrainingMaterial {
 public:
  AudioMaterial(const ExperimentConfig& config, const RoundSources& sources)
      : config_(config),
        corpus_(datasets::Corpus::open(config.data.shards, config.data.rendition)),
        split_(split_songs(corpus_, config.data, config.seed)),
        batches_(load_training_groups(config, sources, corpus_, split_), corpus_.store(),
                 config.front_end->clip_view(), batch_settings(config),
                 {static_cast<uint64_t>(config.seed), static_cast<uint64_t>(sources.round)}) {}
  AudioMaterial(const AudioMaterial&) = delete;
  AudioMaterial& operator=(const AudioMaterial&) = delete;

  datasets::Batch make(int64_t step, datasets::BatchRows rows) const override {
    return batches_.make(step, rows);
  }
  int64_t batch_size(int64_t step) const override { return batches_.batch_size(step); }
  int64_t steps_per_epoch() const override { return batches_.sampler().steps_per_epoch(); }
  int64_t song_count() const override { return batches_.song_count(); }
  bool knows_places() const override { return batches_.knows_places(); }
  void describe() const override {
    log_info("songs: {} to train on ({} with hums in H), {} validation, {} held out", split_.train.size(),
             split_.hums.size(), split_.validation.size(), split_.held_out.size());
    if (config_.loop.hum_share > 0) log_hum_share();
  }
  std::function<double()> validation(std::shared_ptr<models::Encoder> encoder,
                                     const std::string& device) const override {
    auto validation = std::make_shared<Validation>(corpus_, split_, std::move(encoder), config_, device);
    return [validation] { return (*validation)(); };
  }

 private:
  /// A group is in a batch but once, so a few groups of H may stay below what loop.hum_share asks for.
  void log_hum_share() const {
    const double share = datasets::share_of_heavier(batches_.sampler(), batches_.groups());
    if (share > 0)
      log_info("H is {:.0f} % of the groups drawn in the first epoch, {:.0f} % are asked for", 100 * share,
               100 * config_.loop.hum_share);
  }

  const ExperimentConfig& config_;
  datasets::Corpus corpus_;
  Split split_;
  datasets::BatchMaker batches_;
};

}  // namespace

std::unique_ptr<TrainingMaterial> audio_material(const ExperimentConfig& config,
                                                 const RoundSources& sources) {
  return std::make_unique<AudioMaterial>(config, sources);
}

void add_audio_inputs(StageInputs& inputs, const ExperimentConfig& config) {
  add_input(inputs, "data.groups", config.data.groups);
  add_input(inputs, kShardsKey, config.data.shards);
  if (!config.data.time_maps.empty()) add_input(inputs, "data.time_maps", config.data.time_maps);
}

}  // namespace melomine::experiments
