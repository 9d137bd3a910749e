#pragma once

#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "experiments/experiment_config.h"
#include "experiments/leaks.h"

namespace melomine::experiments {

struct LeakReport {
  std::vector<Leak> leaks;     ///< proofs first
  std::filesystem::path file;  ///< lists them; "" where nothing was compared
  int64_t evaluated = 0;       ///< items that were compared; 0 where an earlier report still holds
  int64_t trained = 0;

  bool any_proof() const { return !leaks.empty() && is_proof(leaks.front().kind); }
  /// To the log, by kinds; nothing where there is none.
  void tell() const;
};

/// Compares what an experiment is evaluated on with what encoders learned from, and lists what is found in
/// runs/NAME/leaks.csv. A report of the same sides that lies there holds.
/// @param checkpoints  of encoders that are asked: of one in another run's folder the trained side is that
///                     run's, of one elsewhere nothing is known; none: the experiment's own
/// What cannot be read is told in a warning and not compared; such a report does not hold the next time.
/// @throws ConfigError naming the first pair where `leaks` is refuse and there is a proof; DataError where
/// the list cannot be written; Cancelled
LeakReport check_leaks(const ExperimentConfig& config, const std::vector<std::filesystem::path>& checkpoints,
                       RunObserver& observer);

}  // namespace melomine::experiments
