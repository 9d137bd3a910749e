#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/logging.h"
#include "datasets/corpus.h"
#include "datasets/sampler.h"
#include "embedding/contour_front_end.h"
#include "experiments/split.h"
#include "experiments/training_groups.h"
#include "experiments/training_material.h"
#include "melody/contour_batches.h"
#include "melody/melody_batches.h"

namespace melomine::experiments {
namespace {

/// @throws ConfigError unless the encoder hears melodies
const embedding::ContourFrontEnd& contour_front_end(const ExperimentConfig& config) {
  if (config.front_end.type() != "contour")
    throw ConfigError(
        fmt::format("front_end.type is {}: melodies.sources are learned from as contours; set front_end: "
                    "{{type: contour}}",
                    config.front_end.type()));
  return config.front_end.settings<embedding::ContourFrontEnd>();
}

melody::ContourWindow contour_window(const ExperimentConfig& config) {
  const auto& front_end = contour_front_end(config);
  return {.hop_s = front_end.hop_s, .frames = embedding::window_frames(front_end), .view = front_end.view};
}

datasets::SamplerSeed sampler_seed(const ExperimentConfig& config, const RoundSources& sources) {
  return {static_cast<uint64_t>(config.seed), static_cast<uint64_t>(sources.round)};
}

/// The contours of all recordings that groups' fragments are of.
melody::RecordedContours contours_of(const std::vector<datasets::FragmentGroup>& groups,
                                     const datasets::Corpus& corpus,
                                     const embedding::ContourFrontEnd& front_end) {
  const std::vector<std::string> ids = datasets::recording_ids(groups);
  log_info("following the pitch of {} recordings", ids.size());
  std::vector<dsp::Contour> found(ids.size());
  const auto tracker = pitch::make_tracker(front_end.f0);
  tbb::parallel_for(size_t{0}, ids.size(), [&](size_t i) {
    throw_if_cancelled();
    const dsp::AudioBuffer audio = corpus.load(static_cast<size_t>(corpus.store().find(ids[i])));
    found[i] = dsp::contour_of(tracker->track(audio.samples, audio.sample_rate_hz), front_end.hop_s);
  });
  melody::RecordedContours contours;
  for (size_t i = 0; i < ids.size(); ++i) contours.emplace(ids[i], std::move(found[i]));
  return contours;
}

/// Whether recordings are learned from beside melodies.
bool hears_groups(const ExperimentConfig& config, const RoundSources& sources) {
  return !config.data.groups.empty() || !sources.mined.empty();
}

/// Contours of H and of what was mined; none where there is neither.
std::unique_ptr<melody::ContourBatchMaker> group_batches(const ExperimentConfig& config,
                                                         const RoundSources& sources) {
  if (!hears_groups(config, sources)) return nullptr;
  const auto corpus = datasets::Corpus::open(config.data.shards, config.data.rendition);
  const Split split = split_songs(corpus, config.data, config.seed);
  auto groups = load_training_groups(config, sources, corpus, split);
  auto contours = contours_of(groups, corpus, contour_front_end(config));
  return std::make_unique<melody::ContourBatchMaker>(
      std::move(groups), std::move(contours),
      melody::ContourBatchConfig{.sampler = config.sampler, .distortions = config.melodies.distortions},
      contour_window(config), sampler_seed(config, sources));
}

/// Melodies as people would sing them, and, where there are groups of recordings, their contours beside them
/// in every batch.
class MelodyMaterial : public TrainingMaterial {
 public:
  MelodyMaterial(const ExperimentConfig& config, const RoundSources& sources)
      : melodies_(melody::read_melodies(config.melodies.sources), config.melodies, contour_window(config),
                  sampler_seed(config, sources)),
        groups_(group_batches(config, sources)) {}

  datasets::Batch make(int64_t step, datasets::BatchRows rows) const override {
    datasets::Batch batch = melodies_.make(step, rows);
    if (!groups_) return batch;
    return melody::side_by_side(std::move(batch), groups_->make(step, rows.behind(melodies_.batch_size())),
                                melodies_.song_count(), melodies_.recording_count());
  }
  int64_t batch_size(int64_t step) const override {
    return melodies_.batch_size() + (groups_ ? groups_->batch_size(step) : 0);
  }
  int64_t steps_per_epoch() const override {
    return groups_ ? groups_->steps_per_epoch() : melodies_.steps_per_epoch();
  }
  int64_t song_count() const override {
    return melodies_.song_count() + (groups_ ? groups_->song_count() : 0);
  }
  bool knows_places() const override { return false; }
  void describe() const override {
    log_info("{} melodies to train on, {} long enough for a window", melodies_.song_count(),
             melodies_.usable());
    if (groups_)
      log_info("beside them {} groups of recordings, of {} songs", groups_->group_count(),
               groups_->song_count());
  }
  std::function<double()> validation(std::shared_ptr<models::Encoder>, const std::string&) const override {
    throw ConfigError(
        "train.validate_every: where melodies are learned from nothing is validated; set it to 0s");
  }

 private:
  melody::MelodyBatchMaker melodies_;
  std::unique_ptr<const melody::ContourBatchMaker> groups_;
};

}  // namespace

bool learns_from_melodies(const ExperimentConfig& config) {
  return !config.melodies.sources.empty();
}

std::unique_ptr<TrainingMaterial> melody_material(const ExperimentConfig& config,
                                                  const RoundSources& sources) {
  return std::make_unique<MelodyMaterial>(config, sources);
}

void add_melody_inputs(StageInputs& inputs, const ExperimentConfig& config, const RoundSources& sources) {
  for (size_t i = 0; i < config.melodies.sources.size(); ++i)
    if (!config.melodies.sources[i].path.empty())
      add_input(inputs, fmt::format("melodies.sources[{}]", i), config.melodies.sources[i].path);
  if (!config.data.groups.empty())
    add_audio_inputs(inputs, config);
  else if (!sources.mined.empty())
    add_input(inputs, kShardsKey, config.data.shards);
}

}  // namespace melomine::experiments
