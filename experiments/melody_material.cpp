#include <fmt/format.h>

#include "core/error.h"
#include "core/logging.h"
#include "embedding/contour_front_end.h"
#include "experiments/training_material.h"
#include "melody/melody_batches.h"

namespace melomine::experiments {
namespace {

/// @throws ConfigError unless the encoder hears melodies
melody::ContourWindow contour_window(const ExperimentConfig& config) {
  if (config.front_end.type() != "contour")
    throw ConfigError(
        fmt::format("front_end.type is {}: melodies.sources are learned from as contours; set front_end: "
                    "{{type: contour}}",
                    config.front_end.type()));
  const auto& front_end = config.front_end.settings<embedding::ContourFrontEnd>();
  return {.hop_s = front_end.hop_s, .frames = embedding::window_frames(front_end), .view = front_end.view};
}

class MelodyMaterial : public TrainingMaterial {
 public:
  MelodyMaterial(const ExperimentConfig& config, const RoundSources& sources)
      : batches_(melody::read_melodies(config.melodies.sources), config.melodies, contour_window(config),
                 {static_cast<uint64_t>(config.seed), static_cast<uint64_t>(sources.round)}) {}

  datasets::Batch make(int64_t step) const override { return batches_.make(step); }
  int64_t steps_per_epoch() const override { return batches_.steps_per_epoch(); }
  int64_t song_count() const override { return batches_.song_count(); }
  bool knows_places() const override { return false; }
  void describe() const override { log_info("{} melodies to train on", batches_.song_count()); }
  std::function<double()> validation(std::shared_ptr<models::Encoder>, const std::string&) const override {
    throw ConfigError("train.validate_every needs hums of a corpus; melodies alone have none: set it to 0s");
  }

 private:
  melody::MelodyBatchMaker batches_;
};

}  // namespace

bool learns_from_melodies(const ExperimentConfig& config) {
  return !config.melodies.sources.empty();
}

std::unique_ptr<TrainingMaterial> melody_material(const ExperimentConfig& config,
                                                  const RoundSources& sources) {
  if (sources.round > 0) throw ConfigError("rounds after the first do not learn from melodies yet");
  return std::make_unique<MelodyMaterial>(config, sources);
}

void add_melody_inputs(StageInputs& inputs, const ExperimentConfig& config) {
  for (size_t i = 0; i < config.melodies.sources.size(); ++i)
    add_input(inputs, fmt::format("melodies.sources[{}]", i), config.melodies.sources[i].path);
}

}  // namespace melomine::experiments
