#pragma once

#include <cstdint>
#include <filesystem>

#include "core/progress.h"
#include "core/work_share.h"
#include "experiments/rounds.h"
#include "experiments/stage.h"
#include "mining/mined_set.h"

namespace melomine::experiments {

struct MiningJobResult {
  std::filesystem::path folder;  ///< runs/name/round_NN/mine
  bool was_done = false;         ///< finished by an earlier call
  bool complete = false;         ///< all parts are there, and mined.h5, mined.csv and summary.json with them
  int64_t parts = 0, parts_present = 0;  ///< 0 where it was finished before
  double wall_s = 0;                     ///< of this call, where it is complete
};

/// What mining a round is to do, and has done.
struct MiningOutline {
  int64_t songs = 0, covers = 0;
  double audio_s = 0;  ///< of the songs' recordings
  int64_t parts = 0, parts_present = 0;
};
/// @param checkpoint  as run_mining has it. @throws as run_mining
MiningOutline outline_mining(const ExperimentConfig& config, int round,
                             const std::filesystem::path& checkpoint);

/// Mines the songs C_i of a round (>= 1) with the encoder in force into runs/name/round_NN/mine:
/// part-NNNNN.h5, a few songs each, made by as many threads as libtorch has (one with CUDA); when all are
/// there, mined.h5, mined.csv, summary.json and DONE. What is there already is kept. The result does not
/// depend on threads, workers, or being interrupted.
/// @param worker      its share of the parts
/// @param checkpoint  in place of the encoder in force; may be empty
/// @throws ConfigError where the folder was made from other inputs, DataError where audio cannot be read;
/// Cancelled
MiningJobResult run_mining(const ExperimentConfig& config, int round, const WorkShare& worker,
                           const std::filesystem::path& checkpoint, const JobContext& context,
                           RunObserver& observer);

}  // namespace melomine::experiments
