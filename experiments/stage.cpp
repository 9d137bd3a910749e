#include "experiments/stage.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <utility>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "core/text.h"
#include "core/utc_time.h"
#include "experiments/recorded_experiment.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

namespace {

/// Before the seconds in DONE, whose first line is the hash of the inputs.
constexpr std::string_view kSecondsKey = "seconds ";

}  // namespace

Stage::Stage(const RunLayout& layout, StageSpec spec, const ExperimentConfig& experiment,
             const JobContext& context)
    : layout_(layout), spec_(std::move(spec)), experiment_(experiment), context_(context) {}

std::optional<Stage> Stage::begin(const RunLayout& layout, StageSpec spec, const ExperimentConfig& experiment,
                                  const JobContext& context) {
  Stage stage(layout, std::move(spec), experiment, context);
  stage.refuse_others();
  if (stage.is_finished()) return std::nullopt;
  if (!stage.context_.lock) stage.context_.lock = std::make_shared<RunLock>(layout, stage.spec_.worker);
  return stage;
}

void Stage::refuse_others() const {
  refuse_other_experiment(layout_, experiment_, traits_of(spec_.kind).compared);
  const fs::path file = layout_.inputs(spec_.round, spec_.kind);
  if (spec_.repeat != Repeat::kNever || !fs::exists(file)) return;
  const std::string changed = changed_inputs(read_inputs(file), spec_.inputs);
  if (changed.empty()) return;
  throw ConfigError(fmt::format(
      "{} was begun with other inputs; what changed since: {}; give the run another name (name=…), "
      "or remove {} to do the stage again",
      folder().string(), changed, folder().string()));
}

bool Stage::is_finished() const {
  const fs::path inputs = layout_.inputs(spec_.round, spec_.kind);
  if (spec_.repeat == Repeat::kAlways || !fs::exists(layout_.done(spec_.round, spec_.kind)) ||
      !fs::exists(inputs))
    return false;
  if (const auto changed = changed_inputs(read_inputs(inputs), spec_.inputs); !changed.empty()) {
    log_warning("{} is done again: what changed since: {}", folder().string(), changed);
    return false;
  }
  for (const fs::path& output : spec_.outputs) {
    if (fs::exists(output)) continue;
    log_warning("{} is finished but {} is gone; it is made again", folder().string(),
                output.lexically_relative(folder()).string());
    return false;
  }
  return true;
}

void Stage::open() {
  context_.lock->take();
  refuse_others();  // another process may have worked here while this one prepared
  make_folder(folder());
  if (!fs::exists(layout_.experiment()))
    write_file_atomically(layout_.experiment(), configs::to_yaml(experiment_), spec_.worker);
  write_provenance();
  context_.lock->keep_log();
  fs::remove(layout_.done(spec_.round, spec_.kind));
  const fs::path inputs = layout_.inputs(spec_.round, spec_.kind);
  if (spec_.repeat == Repeat::kNever && fs::exists(inputs)) return;
  for (const auto& [name, content] : spec_.kept)
    write_file_atomically(folder() / name, content, spec_.worker);
  write_inputs(inputs, spec_.inputs, spec_.worker);
}

double Stage::finish() {
  Sha256 hash;
  for (const auto& [name, sha256] : spec_.inputs) hash.update(fmt::format("{} {}\n", sha256, name));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  write_file_atomically(layout_.done(spec_.round, spec_.kind),
                        fmt::format("{}\n{}{:.3f}\n", hash.finish(), kSecondsKey, seconds), spec_.worker);
  return seconds;
}

std::optional<double> seconds_of_stage(const RunLayout& layout, int round, StageKind kind) {
  const fs::path file = layout.done(round, kind);
  if (!fs::exists(file)) return std::nullopt;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(kSecondsKey))
      return parse<double>(std::string_view(line).substr(kSecondsKey.size()));
  return std::nullopt;
}

void Stage::write_provenance() const {
  if (fs::exists(layout_.provenance())) return;
  nlohmann::ordered_json record;
  record["command"] = context_.command;
  record["started_utc"] = now_utc();
  record["config_sha256"] = sha256_of_file(layout_.experiment());
  record["build"] = nlohmann::json::array();
  std::istringstream build(context_.build);
  for (std::string line; std::getline(build, line);) record["build"].push_back(line);
  write_file_atomically(layout_.provenance(), json_text(record, 2) + "\n", spec_.worker);
}

}  // namespace melomine::experiments
