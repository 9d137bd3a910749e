#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/compose.h"
#include "core/error.h"
#include "core/json_file.h"
#include "experiments/round_record.h"
#include "experiments/run_layout.h"
#include "report/comparison.h"
#include "sweeps/plan.h"
#include "sweeps/task_state.h"
#include "trainer/training_result.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using experiments::RunLayout;
using experiments::StageKind;

constexpr const char* kDamagedRemedy = "remove it or run its stage again";

/// Settings of an experiment's YAML by their paths, each scalar or list of scalars for itself.
void flatten(const configs::Value& value, const std::string& path, sweeps::SettingTexts& settings) {
  const bool holds_maps = value.is_list() && std::any_of(value.items.begin(), value.items.end(),
                                                         [](const auto& item) { return item.is_map(); });
  if (!value.is_map() && !holds_maps) {
    settings.emplace_back(path, sweeps::value_text(value));
    return;
  }
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (value.is_list())
      flatten(value.items[i], fmt::format("{}[{}]", path, i), settings);
    else
      flatten(value.items[i], path.empty() ? value.keys[i] : path + "." + value.keys[i], settings);
  }
}

/// The last round of a run that has figures and was not rejected.
void read_last_round(const RunLayout& layout, ComparedRun& run) {
  const auto rounds = layout.rounds();
  for (auto round = rounds.rbegin(); round != rounds.rend(); ++round) {
    const auto record = experiments::read_round(layout, *round);
    if (record && !record->accepted) continue;
    const bool trained = fs::exists(layout.done(*round, StageKind::kTrain));
    const auto sets = layout.evaluated_sets(*round);
    if (!trained && sets.empty()) continue;
    for (const std::string& set : sets)
      run.evaluations.push_back(read_json_file<evaluation::EvaluationRecord>(
          layout.evaluation_report(*round, set), kDamagedRemedy));
    const fs::path best = layout.best_checkpoint(*round);
    if (trained && fs::exists(best)) run.validation_mrr = trainer::validation_metric(best);
    return;
  }
}

ComparedRun read_one(const fs::path& folder) {
  const RunLayout layout(folder);
  ComparedRun run;
  run.folder = folder;
  if (fs::exists(layout.experiment())) flatten(configs::load_document(layout.experiment()), "", run.settings);
  for (const auto& [key, value] : run.settings)
    if (key == sweeps::kSeedKey) run.seed = value;
  std::erase_if(run.settings, [](const auto& setting) {
    return setting.first == "name" || setting.first == "runs" || setting.first == sweeps::kSeedKey;
  });
  read_last_round(layout, run);
  return run;
}

/// The finished points of a sweep, by the settings of its file.
void add_points(const fs::path& folder, ComparedRuns& all, bool alone) {
  const sweeps::SweepLayout layout(folder);
  const sweeps::Plan plan = sweeps::read_plan(layout);
  const auto points = plan.points();
  size_t finished = 0;
  for (const sweeps::Task* point : points) {
    const auto state = sweeps::read_state(layout.state(point->name));
    if (!state || !state->finished) continue;
    ++finished;
    ComparedRun run = read_one(layout.run(point->name));
    if (alone) run.settings = sweeps::without_seed(point->settings);
    all.runs.push_back(std::move(run));
  }
  if (finished < points.size())
    all.notes.push_back(fmt::format("{}: {} of {} points are not finished, and not in here", folder.string(),
                                    points.size() - finished, points.size()));
  if (!alone) return;
  all.base = plan.base;
  all.metric = plan.metric;
}

}  // namespace

ComparedRuns read_compared(const std::vector<fs::path>& folders) {
  ComparedRuns all;
  const auto is_sweep = [](const fs::path& folder) { return fs::exists(sweeps::SweepLayout(folder).plan()); };
  const auto name_of = [](const fs::path& folder) { return (folder / "").parent_path().filename().string(); };
  for (const fs::path& folder : folders) {
    all.title += (all.title.empty() ? "" : ", ") + name_of(folder);
    if (is_sweep(folder))
      add_points(folder, all, folders.size() == 1);
    else if (fs::exists(RunLayout(folder).experiment()))
      all.runs.push_back(read_one(folder));
    else
      throw DataError(folder.string(), "", "is neither a run nor a sweep");
  }
  if (folders.size() == 1 && is_sweep(folders.front())) return all;
  std::vector<sweeps::SettingTexts> settings;
  for (ComparedRun& run : all.runs) {
    run.name = name_of(run.folder);
    settings.push_back(run.settings);
  }
  settings = sweeps::differing(settings);
  for (size_t i = 0; i < settings.size(); ++i) all.runs[i].settings = std::move(settings[i]);
  return all;
}

}  // namespace melomine::report
