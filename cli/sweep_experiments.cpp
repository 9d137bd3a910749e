#include "cli/sweep_experiments.h"

#include "configs/config.h"
#include "core/error.h"
#include "experiments/experiment_config.h"
#include "experiments/first_training.h"
#include "experiments/run_layout.h"
#include "sweeps/sweep_spec.h"

namespace melomine::cli {

namespace fs = std::filesystem;
using experiments::ExperimentConfig;
using experiments::RunLayout;

configs::Value SweepExperiments::load(const fs::path& file) const {
  return configs::load_tree<ExperimentConfig>(file);
}

configs::Value SweepExperiments::defaults() const {
  return configs::tree_of(ExperimentConfig());
}

sweeps::ResolvedExperiment SweepExperiments::resolve(const configs::Value& document) const {
  auto config = configs::read_tree<ExperimentConfig>(document);
  sweeps::ResolvedExperiment resolved;
  resolved.name = config.name;
  resolved.runs = config.runs;
  config.name = ExperimentConfig().name;
  config.runs = ExperimentConfig().runs;
  resolved.yaml = configs::to_yaml(config);
  if (experiments::trains_first(config))
    resolved.first_training = configs::to_yaml(experiments::first_training(config));
  return resolved;
}

bool SweepExperiments::is_run(const fs::path& folder) const {
  return fs::exists(RunLayout(folder).experiment());
}

bool SweepExperiments::share_first_training(const fs::path& from, const fs::path& to,
                                            const fs::path& experiment) const {
  return experiments::share_first_training(RunLayout(from), RunLayout(to),
                                           configs::load_config<ExperimentConfig>(experiment));
}

bool is_sweep(const std::string& file) {
  try {
    return SweepExperiments().load(file).find(sweeps::kSweepKey) != nullptr;
  } catch (const ConfigError&) {
    return false;
  }
}

}  // namespace melomine::cli
