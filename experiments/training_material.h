#pragma once

#include <functional>
#include <memory>
#include <string>

#include "datasets/batch.h"
#include "experiments/rounds.h"
#include "experiments/stage_inputs.h"

namespace melomine::models {
class Encoder;
}

namespace melomine::experiments {

/// What a round's encoder is made from beside the experiment's text.
struct RoundSources {
  int round = 0;
  std::vector<std::filesystem::path> mined;  ///< tables
  std::filesystem::path init;                ///< checkpoint it starts from; empty = random weights
  std::string verdicts{};  ///< of people, on the mined pairs: the content of their file; may be empty
};

/// What a round's encoder is trained on.
class TrainingMaterial {
 public:
  virtual ~TrainingMaterial() = default;
  /// From the step alone; called from several threads.
  /// @param rows  clips whose images are made
  virtual datasets::Batch make(int64_t step, datasets::BatchRows rows) const = 0;
  /// Clips of a batch.
  virtual int64_t batch_size(int64_t step) const = 0;
  virtual int64_t steps_per_epoch() const = 0;
  virtual int64_t song_count() const = 0;
  /// Whether of any group is known where it lies in its song's original.
  virtual bool knows_places() const = 0;
  /// What there is, to the log.
  virtual void describe() const = 0;
  /// The held-out metric of the encoder as it is when asked; empty: nothing to validate with.
  /// @param device  of the encoder @throws ConfigError
  virtual std::function<double()> validation(std::shared_ptr<models::Encoder> encoder,
                                             const std::string& device) const = 0;
};

/// Fragments of recordings: H, and what was mined.
/// @param config, sources  outlive it
std::unique_ptr<TrainingMaterial> audio_material(const ExperimentConfig& config, const RoundSources& sources);

/// Melodies as notes, and beside them the contours of H, where `data.groups` names it, and of what was mined.
std::unique_ptr<TrainingMaterial> melody_material(const ExperimentConfig& config,
                                                  const RoundSources& sources);

/// Whether encoders learn from melodies, in place of the sound of H.
bool learns_from_melodies(const ExperimentConfig& config);

/// Of what the material is read from.
void add_audio_inputs(StageInputs& inputs, const ExperimentConfig& config);
void add_melody_inputs(StageInputs& inputs, const ExperimentConfig& config, const RoundSources& sources);

}  // namespace melomine::experiments
