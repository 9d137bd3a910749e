#pragma once

#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {

/// The experiment of which only the settings are kept that the training of M_0 reads; the others have their
/// defaults. Experiments of which this is equal train the same M_0. How the corpus is searched by
/// `evaluate` stays where there is validation, which is searched in the same way.
ExperimentConfig first_training(const ExperimentConfig& experiment);

/// Whether there is anything that an M_0 learns from.
bool trains_first(const ExperimentConfig& experiment);

/// Gives a run the finished M_0 of another whose first_training is equal, as the run itself would have left
/// it: checkpoints as links to the same bytes where the file system can, other files as copies. The stage
/// appears whole. What the run has of an unfinished M_0 is replaced. Nobody else may work in the run.
/// @returns whether the run has its M_0 now; false where the other has none @throws DataError
bool share_first_training(const RunLayout& from, const RunLayout& to, const ExperimentConfig& experiment);

}  // namespace melomine::experiments
