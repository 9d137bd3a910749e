#include "cli/experiment_options.h"

#include <fmt/format.h>

#include "cli/sweep_experiments.h"
#include "configs/config.h"
#include "core/error.h"

namespace melomine::cli {

void add_experiment_options(po::options_description& options) {
  options.add_options()("experiment", po::value<std::string>(), "the experiment's YAML file")(
      "settings", po::value<std::vector<std::string>>()->default_value({}, ""),
      "key=value, over what the file says");
}

experiments::ExperimentConfig load_experiment_file(const std::string& file,
                                                   const std::vector<std::string>& settings) {
  try {
    return configs::load_config<experiments::ExperimentConfig>(file, settings);
  } catch (const ConfigError&) {
    if (!is_sweep(file)) throw;
    throw ConfigError(fmt::format(
        "{}: is a sweep; `melomine sweep {}` runs it, with --dry-run it lists the points", file, file));
  }
}

experiments::ExperimentConfig load_experiment(const po::variables_map& values) {
  std::vector<std::string> settings;
  if (values.count("settings") > 0) settings = values["settings"].as<std::vector<std::string>>();
  return load_experiment_file(values["experiment"].as<std::string>(), settings);
}

int round_of(const std::string& command, const po::variables_map& values) {
  const int round = values["round"].as<int>();
  if (round < 0) throw ConfigError(fmt::format("melomine {}: --round must be >= 0, got {}", command, round));
  return round;
}

}  // namespace melomine::cli
