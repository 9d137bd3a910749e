#pragma once

#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {

/// Compares with the experiment that a run's folder keeps, after reading both: a setting that a later version
/// added is no change while it has its default. Nor is where the run lies, nor another spelling of a path,
/// nor another place of the same data, as far as the hashes that the run keeps can tell, nor which files the
/// sets of tables name, which only their evaluation reads.
/// @throws ConfigError when the folder belongs to another experiment, naming what changed and the remedy
void refuse_other_experiment(const RunLayout& layout, const ExperimentConfig& now, Compared compared);

}  // namespace melomine::experiments
