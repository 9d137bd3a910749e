#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sweeps/labels.h"
#include "sweeps/sweep_layout.h"

namespace melomine::sweeps {

/// One thing to be done by one process: a point, or an M_0 that several points start from.
struct Task {
  std::string name = {};  ///< of its folder
  std::string does = {};  ///< the command: run, train, evaluate
  SettingTexts settings = {};
  std::string first = {};  ///< name of the task that trains its M_0; empty: it trains its own
  bool shared = false;     ///< trains an M_0 for others, and is no point
  bool wanted = true;      ///< still in the sweep's file
};

/// plan.json: all that the sweep has ever been asked for. What each task is, is the YAML beside it.
struct Plan {
  std::string file = {};  ///< the sweep's, as it was named
  std::string metric = {};
  SettingTexts base = {};
  std::vector<Task> tasks = {};  ///< those of the file in its order, shared ones first; then those of before

  /// Null where there is none of this name.
  const Task* find(const std::string& task) const;
  /// Points that the file asks for.
  std::vector<const Task*> points() const;
};

void to_json(nlohmann::ordered_json& json, const Plan& plan);
void from_json(const nlohmann::ordered_json& json, Plan& plan);

/// @throws DataError where there is none, saying how to make one, or where it is damaged
Plan read_plan(const SweepLayout& layout);

}  // namespace melomine::sweeps
