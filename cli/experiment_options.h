#pragma once

#include "cli/command.h"
#include "experiments/experiment_config.h"

namespace melomine::cli {

/// The words of a command on an experiment, EXPERIMENT.yaml [key=value ...], for parse_arguments with the
/// positionals {"experiment", "settings*"}.
void add_experiment_options(po::options_description& options);

/// An experiment's file with settings laid over it. @throws ConfigError, which of a sweep's says how to run
/// it
experiments::ExperimentConfig load_experiment_file(const std::string& file,
                                                   const std::vector<std::string>& settings);

/// The experiment they name, with the settings laid over it. @throws ConfigError
experiments::ExperimentConfig load_experiment(const po::variables_map& values);

/// --round of a stage that round 0 has, too. @throws ConfigError for a negative one
int round_of(const std::string& command, const po::variables_map& values);

}  // namespace melomine::cli
