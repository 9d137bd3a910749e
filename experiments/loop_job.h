#pragma once

#include <filesystem>
#include <functional>

#include "core/progress.h"
#include "experiments/rounds.h"
#include "experiments/stage.h"

namespace melomine::experiments {

/// Shows a run's folder as it stands after a round. @returns the page's path
using RoundReporter = std::function<std::filesystem::path(const std::filesystem::path& run)>;

struct LoopResult {
  std::filesystem::path report, encoder;  ///< the encoder in force at the end
};

/// The main job: trains M_0 on hums; then, round by round, mines C_i, trains M_{i+1} on what is kept,
/// evaluates it, lets the gate decide and calls the reporter; until loop.rounds are over or the loop stalls.
/// Every stage that is finished is kept, one that was interrupted continues: the result is that of the
/// uninterrupted run.
/// @throws ConfigError, DataError, Cancelled
LoopResult run_loop(const ExperimentConfig& config, const JobContext& context, const RoundReporter& report,
                    RunObserver& observer);

}  // namespace melomine::experiments
