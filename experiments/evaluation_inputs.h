#pragma once

#include "experiments/experiment_config.h"
#include "experiments/stage_inputs.h"

namespace melomine::experiments {

/// What the sets of an experiment are read from, and how they are asked; encoders of its own aside.
/// @throws DataError for what is not there
StageInputs evaluation_inputs(const ExperimentConfig& config);

}  // namespace melomine::experiments
