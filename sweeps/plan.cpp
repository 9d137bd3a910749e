#include "sweeps/plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/folder.h"
#include "core/json_file.h"

namespace melomine::sweeps {

namespace fs = std::filesystem;

static void to_json(nlohmann::ordered_json& json, const Task& task) {
  json = {{"name", task.name},   {"does", task.does},     {"settings", task.settings},
          {"first", task.first}, {"shared", task.shared}, {"wanted", task.wanted}};
}

static void from_json(const nlohmann::ordered_json& json, Task& task) {
  json.at("name").get_to(task.name);
  json.at("does").get_to(task.does);
  json.at("settings").get_to(task.settings);
  json.at("first").get_to(task.first);
  json.at("shared").get_to(task.shared);
  json.at("wanted").get_to(task.wanted);
}

const Task* Plan::find(const std::string& task) const {
  const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const Task& t) { return t.name == task; });
  return found == tasks.end() ? nullptr : &*found;
}

std::vector<const Task*> Plan::points() const {
  std::vector<const Task*> points;
  for (const Task& task : tasks)
    if (task.wanted && !task.shared) points.push_back(&task);
  return points;
}

void to_json(nlohmann::ordered_json& json, const Plan& plan) {
  json = {{"file", plan.file}, {"metric", plan.metric}, {"base", plan.base}, {"tasks", plan.tasks}};
}

void from_json(const nlohmann::ordered_json& json, Plan& plan) {
  json.at("file").get_to(plan.file);
  json.at("metric").get_to(plan.metric);
  json.at("base").get_to(plan.base);
  json.at("tasks").get_to(plan.tasks);
}

Plan read_plan(const SweepLayout& layout) {
  const fs::path file = layout.plan();
  if (!fs::exists(file))
    throw DataError(layout.folder().string(), "", "holds no sweep; `melomine sweep FILE` makes one");
  Plan plan = read_json_file<Plan>(file);
  for (const Task& task : plan.tasks)
    if (!is_plain_name(task.name) || !(task.first.empty() || is_plain_name(task.first)))
      fail_json(file, "a task's name is no name of a folder");
  return plan;
}

}  // namespace melomine::sweeps
