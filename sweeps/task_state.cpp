#include "sweeps/task_state.h"

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/json_file.h"

namespace melomine::sweeps {

namespace fs = std::filesystem;

constexpr const char *kFinishedWord = "finished", *kFailedWord = "failed";

void to_json(nlohmann::ordered_json& json, const TaskState& state) {
  json = {{"state", state.finished ? kFinishedWord : kFailedWord},
          {"reason", state.failure.reason},
          {"ending", state.failure.ending},
          {"error", state.failure.error},
          {"attempts", state.attempts},
          {"wall_s", state.wall_s},
          {"worker", state.worker},
          {"ended", state.ended}};
}

void from_json(const nlohmann::ordered_json& json, TaskState& state) {
  state.finished = json.at("state").get<std::string>() == kFinishedWord;
  json.at("reason").get_to(state.failure.reason);
  json.at("ending").get_to(state.failure.ending);
  json.at("error").get_to(state.failure.error);
  state.attempts = static_cast<int>(json.at("attempts").get<int64_t>());
  json.at("wall_s").get_to(state.wall_s);
  json.at("worker").get_to(state.worker);
  json.at("ended").get_to(state.ended);
}

std::optional<TaskState> read_state(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  return read_json_file<TaskState>(file, "remove it to do this point again");
}

void write_state(const fs::path& file, const TaskState& state) {
  write_file_atomically(file, json_text(nlohmann::ordered_json(state), 1) + "\n", state.worker);
}

}  // namespace melomine::sweeps
