#pragma once

#include <filesystem>
#include <string>

#include "core/progress.h"
#include "experiments/rounds.h"
#include "experiments/stage.h"
#include "trainer/training_result.h"

namespace melomine::experiments {

struct TrainingJobResult {
  std::filesystem::path run;     ///< runs/name
  std::filesystem::path folder;  ///< runs/name/round_NN/train
  trainer::TrainingResult training;
  bool was_done = false;  ///< finished by an earlier call
  double wall_s = 0;      ///< of this call
};

/// Trains the encoder of a round in runs/name/round_NN/train, or continues it: M_0 on H, later ones on H and
/// what was mined (loop.keep), from random weights or the encoder that mined (loop.init).
/// @throws ConfigError also when the run's folder holds another experiment or was made from other data, and
/// for a song that is evaluated on among what is trained on; DataError when the round is not mined yet
TrainingJobResult run_training(const ExperimentConfig& config, int round, const JobContext& context,
                               RunObserver& observer);

}  // namespace melomine::experiments
