#include "experiments/recorded_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "configs/config.h"
#include "core/error.h"
#include "experiments/stage_inputs.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The lines in which two texts differ, "- old" and "+ new", the first few of them.
std::string changed_lines(const std::string& before, const std::string& after) {
  constexpr size_t kShown = 8;
  const auto old_lines = lines_of(before), new_lines = lines_of(after);
  const std::multiset<std::string> old_set(old_lines.begin(), old_lines.end());
  const std::multiset<std::string> new_set(new_lines.begin(), new_lines.end());
  std::string changes;
  size_t count = 0;
  const auto add = [&](char sign, const std::string& line) {
    if (++count <= kShown) changes += fmt::format("  {} {}\n", sign, line);
  };
  for (const auto& line : old_lines)
    if (!new_set.contains(line)) add('-', line);
  for (const auto& line : new_lines)
    if (!old_set.contains(line)) add('+', line);
  if (count > kShown) changes += fmt::format("  … and {} more\n", count - kShown);
  return changes;
}

/// The settings that name data that training and mining read, by key.
std::map<std::string, std::string*> data_paths(ExperimentConfig& config) {
  return {{kShardsKey, &config.data.shards},
          {"data.groups", &config.data.groups},
          {"data.time_maps", &config.data.time_maps},
          {kInitKey, &config.train.init}};
}

/// Which files are evaluated, and whether broken ones are left out, is the evaluation's alone: its stage is
/// done again when they change.
void take_evaluated_files(EvaluationPlan& before, EvaluationPlan now) {
  before.keep_going = now.keep_going;
  for (const auto paths_of : {files_of, folders_of}) {
    const auto taken = paths_of(now);
    for (const auto& [key, path] : paths_of(before))
      for (const auto& [new_key, new_path] : taken)
        if (new_key == key) *path = *new_path;
  }
}

/// SHA-256 of the data that any stage of the run was begun with; empty where none was.
std::string recorded_sha256(const RunLayout& layout, const std::string& key) {
  for (const int round : layout.rounds())
    for (const StageTraits& stage : all_stages())
      if (auto sha256 = sha256_of_key(read_inputs(layout.inputs(round, stage.kind)), key); !sha256.empty())
        return sha256;
  return {};
}

bool is_same_data(const RunLayout& layout, const std::string& key, const std::string& before,
                  const std::string& now) {
  if (before.empty() || now.empty() || !fs::exists(now)) return before == now;
  if (fs::weakly_canonical(fs::absolute(before)) == fs::weakly_canonical(fs::absolute(now))) return true;
  const std::string recorded = recorded_sha256(layout, key);
  return !recorded.empty() && recorded == sha256_of_input(key, now);
}

}  // namespace

void refuse_other_experiment(const RunLayout& layout, const ExperimentConfig& now, Compared compared) {
  if (!fs::exists(layout.experiment())) return;
  auto before = configs::load_config<ExperimentConfig>(layout.experiment());
  before.name = now.name;
  before.runs = now.runs;
  before.leaks = now.leaks;  // what is trained is the same
  before.train.ranks.timeout_s = now.train.ranks.timeout_s;
  before.separate = now.separate;  // what lies in data.shards is known by its hash
  if (compared == Compared::kModel) {
    before.evaluate = now.evaluate;
    before.train.device = now.train.device;
  }
  take_evaluated_files(before.evaluate, now.evaluate);
  ExperimentConfig same_places = now;
  const auto paths = data_paths(same_places);
  for (auto& [key, path] : data_paths(before))
    if (is_same_data(layout, key, *path, *paths.at(key))) *path = *paths.at(key);
  const std::string old_text = configs::to_yaml(before), new_text = configs::to_yaml(now);
  if (old_text == new_text) return;
  throw ConfigError(
      fmt::format("{} holds a run of another experiment; what changed:\n{}"
                  "give this one another name (name=…), or remove the folder to start again",
                  layout.folder().string(), changed_lines(old_text, new_text)));
}

}  // namespace melomine::experiments
