#include "experiments/describe_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"
#include "models/safetensors.h"
#include "trainer/training_result.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

bool is_run(const fs::path& path) {
  return fs::exists(RunLayout(path).experiment());
}

/// Of the last whole line of a training's metrics; 0 before the first.
int64_t logged_step(const fs::path& metrics) {
  if (!fs::exists(metrics)) return 0;
  const std::string text = read_file(metrics);
  const size_t end = text.rfind('\n');  // a kill may have cut the line behind it
  if (end == std::string::npos) return 0;
  const size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  const auto record = json_if_valid(text.substr(begin, end - begin));
  return record && record->is_object() ? record->value("step", int64_t{0}) : 0;
}

int64_t saved_step(const fs::path& checkpoint) {
  if (!fs::exists(checkpoint)) return 0;
  return trainer::progress_of(models::read_safetensors_header(checkpoint).metadata, checkpoint).step;
}

/// "step 210 of 300, saved at step 200": of a training that is not finished.
std::string training_text(const RunLayout& run, int round) {
  const int64_t saved = saved_step(run.last_checkpoint(round));
  const int64_t step = std::max(saved, logged_step(run.metrics(round)));
  std::string of;
  try {
    const auto length = configs::load_config<ExperimentConfig>(run.experiment()).train.length;
    of = length.unit == trainer::TrainingSpan::Unit::kSteps ? fmt::format(" of {}", length.steps(1))
                                                            : fmt::format(" of {}", to_string(length));
  } catch (const ConfigError&) {  // of a version that is not read; the step is told all the same
  }
  return fmt::format("step {}{}{}", step, of, saved < step ? fmt::format(", saved at step {}", saved) : "");
}

Description inspect_run(const fs::path& path, const DescribeOptions&) {
  const RunLayout run(path);
  Description stages = Description::object();
  for (const int round : run.rounds())
    for (const StageTraits& stage : all_stages())
      if (const auto folder = run.stage(round, stage.kind); fs::is_directory(folder))
        stages[folder.lexically_relative(path).string()] =
            fs::exists(run.done(round, stage.kind)) ? "done" : "begun";
  Description result = {{"what", "run"}, {"stages", stages}};
  for (const int round : run.rounds())
    if (fs::is_directory(run.stage(round, StageKind::kTrain)) &&
        !fs::exists(run.done(round, StageKind::kTrain)))
      result["training"] = training_text(run, round);
  const std::string worker = worker_behind(path / kLockFile);
  result["at work"] = worker.empty() ? "no process" : worker;
  if (fs::exists(run.provenance()))
    result["provenance"] = Description::parse(read_file(run.provenance()), nullptr, false);
  return result;
}

}  // namespace

Describer describe_run() {
  return {is_run, inspect_run};
}

}  // namespace melomine::experiments
