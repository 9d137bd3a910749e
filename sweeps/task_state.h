#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sweeps/failure.h"

namespace melomine::sweeps {

/// How a task ended. There is none of a task that was not begun, or is not through.
struct TaskState {
  bool finished = false;  ///< else it failed
  Failure failure = {};
  int attempts = 0;   ///< claims on it so far
  double wall_s = 0;  ///< of the last attempt
  std::string worker = {};
  std::string ended = {};  ///< UTC by the worker's clock
};

void to_json(nlohmann::ordered_json& json, const TaskState& state);
void from_json(const nlohmann::ordered_json& json, TaskState& state);

/// None where there is no such file. @throws DataError where it is damaged
std::optional<TaskState> read_state(const std::filesystem::path& file);
void write_state(const std::filesystem::path& file, const TaskState& state);

}  // namespace melomine::sweeps
