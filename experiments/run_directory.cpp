#include "experiments/run_directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"

namespace melomine::experiments {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::string changed_lines(const std::string& before, const std::string& after, size_t limit) {
  const auto old_lines = lines_of(before), new_lines = lines_of(after);
  const std::multiset<std::string> old_set(old_lines.begin(), old_lines.end());
  const std::multiset<std::string> new_set(new_lines.begin(), new_lines.end());
  std::string changes;
  size_t count = 0;
  const auto add = [&](char sign, const std::string& line) {
    if (++count <= limit) changes += fmt::format("  {} {}\n", sign, line);
  };
  for (const auto& line : old_lines)
    if (!new_set.contains(line)) add('-', line);
  for (const auto& line : new_lines)
    if (!old_set.contains(line)) add('+', line);
  if (count > limit) changes += fmt::format("  … and {} more\n", count - limit);
  return changes;
}

RunDirectory::RunDirectory(std::filesystem::path path, const std::string& resolved_yaml)
    : path_(std::move(path)), config_sha256_(sha256_of(resolved_yaml)) {
  refuse_other(path_, resolved_yaml);
  const auto yaml = path_ / "experiment.yaml";
  if (!std::filesystem::exists(yaml)) write_file_atomically(yaml, resolved_yaml);
}

void RunDirectory::refuse_other(const std::filesystem::path& path, const std::string& resolved_yaml) {
  const auto yaml = path / "experiment.yaml";
  if (!std::filesystem::exists(yaml)) return;
  const std::string present = read_file(yaml);
  if (present == resolved_yaml) return;
  throw ConfigError(
      fmt::format("{} holds a run of another experiment; what changed:\n{}"
                  "give this one another name (name=…), or remove the folder to start again",
                  path.string(), changed_lines(present, resolved_yaml)));
}

std::filesystem::path RunDirectory::stage(int round, const std::string& name) const {
  const auto folder = path_ / fmt::format("round_{:02}", round) / name;
  make_folder(folder);
  return folder;
}

void RunDirectory::refuse_changed_inputs(const std::filesystem::path& stage, const StageInputs& inputs) {
  const auto file = stage / "inputs.json";
  if (!std::filesystem::exists(file)) return;
  const auto begun = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!begun.is_object()) throw DataError(file.string(), "", "is damaged");
  std::string changed;
  for (const auto& [name, hash] : inputs)
    if (begun.value(name, nlohmann::json()) != hash) changed += (changed.empty() ? "" : ", ") + name;
  if (changed.empty()) return;
  throw ConfigError(fmt::format(
      "{} was begun with other inputs; what changed since: {}; give the run another name (name=…), "
      "or remove {} to do the stage again",
      stage.string(), changed, stage.string()));
}

void RunDirectory::keep_inputs(const std::filesystem::path& stage, const StageInputs& inputs) {
  const auto file = stage / "inputs.json";
  if (!std::filesystem::exists(file))
    write_file_atomically(file, nlohmann::ordered_json(inputs).dump(2) + "\n");
}

bool RunDirectory::is_done(const std::filesystem::path& stage, const std::string& inputs) {
  const auto done = stage / "DONE";
  if (!std::filesystem::exists(done)) return false;
  if (read_file(done) == inputs + "\n") return true;
  throw ConfigError(
      fmt::format("{} was finished with other inputs (its audio, tables or settings have changed since); "
                  "give the run another name, or remove {} to do the stage again",
                  stage.string(), stage.string()));
}

void RunDirectory::mark_done(const std::filesystem::path& stage, const std::string& inputs) {
  write_file_atomically(stage / "DONE", inputs + "\n");
}

void RunDirectory::write_provenance(const std::string& build_description,
                                    const std::string& command_line) const {
  const auto file = path_ / "provenance.json";
  if (std::filesystem::exists(file)) return;
  nlohmann::ordered_json record;
  record["command"] = command_line;
  record["started_utc"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  record["config_sha256"] = config_sha256_;
  record["build"] = lines_of(build_description);
  write_file_atomically(file, record.dump(2) + "\n");
}

}  // namespace melomine::experiments
