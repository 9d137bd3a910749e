#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.h"
#include "experiments/rounds.h"

namespace melomine::experiments {

struct LoopResult {
  std::filesystem::path report, encoder;  ///< the encoder in force at the end
};

/// The main job: trains M_0 on hums; then, round by round, mines C_i, trains M_{i+1} on what is kept,
/// evaluates it, lets the gate decide and writes report.html; until loop.rounds are over or the loop stalls.
/// Every stage that is finished is kept, one that was interrupted continues: the result is that of the
/// uninterrupted run.
/// @throws ConfigError, DataError, Cancelled
LoopResult run_loop(const ExperimentConfig& config, const JobContext& context, RunObserver& observer);

}  // namespace melomine::experiments
