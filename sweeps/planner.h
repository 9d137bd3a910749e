#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sweeps/experiments.h"
#include "sweeps/plan.h"
#include "sweeps/sweep_layout.h"

namespace melomine::sweeps {

/// A sweep's file as it stands, checked, and what its folder adds to it.
struct DraftPlan {
  SweepLayout layout{""};
  Plan plan = {};
  std::map<std::string, std::string> experiments = {};  ///< YAML of the tasks that are new, by name
  int64_t repeated = 0;                                 ///< points that were given more than once
};

/// Different points of a sweep's file, all of them checked. @throws ConfigError as draft_plan
int64_t count_points(const std::filesystem::path& file, const std::vector<std::string>& settings,
                     const Experiments& experiments);

/// Expands and resolves all points, and finds those again that the sweep's folder knows. Writes nothing.
/// @param settings  key=value of the command line, laid upon the experiment before the points'
/// @throws ConfigError listing what is wrong with any point; where the folder holds a run
DraftPlan draft_plan(const std::filesystem::path& file, const std::vector<std::string>& settings,
                     const Experiments& experiments);

/// The same, and writes it. What is there stays: points are added, none is changed.
DraftPlan make_plan(const std::filesystem::path& file, const std::vector<std::string>& settings,
                    const Experiments& experiments);

}  // namespace melomine::sweeps
