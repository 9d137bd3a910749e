#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/progress.h"
#include "datasets/batch.h"
#include "datasets/prefetch.h"
#include "embedding/model_config.h"
#include "trainer/train_step.h"
#include "trainer/training_result.h"

namespace melomine::trainer {

/// What a training needs beside the learner.
struct TrainingData {
  std::function<datasets::Batch(int64_t step)>
      make_batch;  ///< from the step alone; called from several threads; of several ranks, the own rows
  int64_t steps_per_epoch = 0;
  datasets::PrefetchConfig prefetch;
  /// The held-out metric (higher is better) of the encoder as it is now; empty = no validation.
  std::function<double()> validate;
};

/// Trains until `config.length`, or until the validation metric stalls, in `folder`:
/// last.safetensors, best.safetensors, step_NNNNNNNN.safetensors (keep_checkpoints of them), metrics.jsonl
/// and tensorboard/. Continues from last.safetensors when it is there; the result is that of an uninterrupted
/// run. Of several ranks all call this; the first of them writes.
/// @throws DivergenceError naming step, term and the last good checkpoint
/// @throws Cancelled after saving
TrainingResult train(Learner& learner, const embedding::ModelConfig& model, const TrainConfig& config,
                     const TrainingData& data, const std::filesystem::path& folder, RunObserver& observer);

}  // namespace melomine::trainer
