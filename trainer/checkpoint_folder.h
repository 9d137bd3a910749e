#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "trainer/train_step.h"
#include "trainer/training_result.h"

namespace melomine::trainer {

/// The checkpoints of one training: step_NNNNNNNN.safetensors (the newest few), last.safetensors (the same
/// file as the newest of them) and best.safetensors. Random streams need no saving: each is derived from
/// (seed, step).
class CheckpointFolder {
 public:
  /// @param model_yaml  ModelConfig, written into each checkpoint
  /// @param keep        numbered checkpoints that stay
  CheckpointFolder(std::filesystem::path folder, std::string model_yaml, int64_t keep);

  /// Puts the learner where last.safetensors left it; step 0 when there is none. A setting of the model that
  /// the checkpoint does not know has its default.
  /// @throws DataError for a damaged checkpoint or one of another model
  TrainingProgress resume(Learner& learner) const;
  void save(const Learner& learner, const TrainingProgress& progress) const;
  void save_best(const Learner& learner, const TrainingProgress& progress) const;

  std::filesystem::path last() const { return folder_ / kLastCheckpoint; }
  std::filesystem::path best() const { return folder_ / kBestCheckpoint; }

 private:
  void write(const std::filesystem::path& path, const Learner& learner,
             const TrainingProgress& progress) const;
  void remove_old() const;

  std::filesystem::path folder_;
  std::string model_yaml_;
  int64_t keep_;
};

}  // namespace melomine::trainer
