#pragma once

#include <filesystem>
#include <string>

#include "core/progress.h"
#include "experiments/experiment_config.h"
#include "trainer/trainer.h"

namespace melomine::experiments {

struct TrainingJobResult {
  std::filesystem::path run;     ///< runs/name
  std::filesystem::path folder;  ///< runs/name/round_00/train
  trainer::TrainingResult training;
  bool was_done = false;  ///< finished by an earlier call
};

/// Trains M_0 of an experiment in runs/name/round_00/train, or continues it.
/// @param provenance  description of the build, kept in provenance.json
/// @param command     the command line, likewise
/// @throws ConfigError also when the run's folder holds another experiment or was made from other data
TrainingJobResult run_training(const ExperimentConfig& config, const std::string& provenance,
                               const std::string& command, RunObserver& observer);

/// The checkpoint an experiment is judged by: best.safetensors where there was validation, else last.
/// @throws DataError naming the command that makes it
std::filesystem::path trained_checkpoint(const ExperimentConfig& config);

}  // namespace melomine::experiments
