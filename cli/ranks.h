#pragma once

#include <functional>

#include "cli/command.h"
#include "experiments/experiment_config.h"
#include "experiments/stage.h"

namespace melomine::cli {

/// What a command does as one of several processes, or alone, as the environment says (RANK, WORLD_SIZE …;
/// see docs/cluster.md): `work` gets a context with the group and an observer that shows progress on the
/// first rank only. Others log warnings alone. Where `work` throws, the others are told why.
/// @param command  the command line, for provenance.json
/// @returns what `work` does
int as_one_of_ranks(
    const experiments::ExperimentConfig& config, const std::string& command,
    const std::function<int(const experiments::JobContext& context, RunObserver& observer)>& work);

}  // namespace melomine::cli
