#include "sweeps/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "configs/settings.h"
#include "configs/yaml_writer.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "sweeps/sweep_spec.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;
using configs::Value;

constexpr const char* kPlanLockFile = ".plan.lock";
constexpr int kLockTries = 600;
constexpr auto kLockPause = std::chrono::milliseconds(100);
constexpr size_t kMostProblems = 20;

struct ResolvedPoint {
  SettingTexts settings;
  ResolvedExperiment experiment;
  std::string sha256;  ///< of what is done
};

/// A sweep's file with all its points resolved.
struct CheckedSweep {
  SweepSpec spec;
  std::vector<ResolvedPoint> points;  ///< each once
  int64_t repeated = 0;
};

std::string identity_of(const std::string& does, const std::string& yaml) {
  return sha256_of(does + "\n" + yaml);
}

Value take_section(Value& document, const fs::path& file) {
  const Value* section = document.find(kSweepKey);
  if (section == nullptr)
    throw ConfigError(
        fmt::format("{}: has no section sweep; `melomine run` runs a single experiment", file.string()));
  Value taken = *section;
  document.erase(kSweepKey);
  return taken;
}

/// Lines of messages, each once.
class ProblemLines {
 public:
  void add(const std::string& message) {
    std::istringstream lines(message);
    for (std::string line; std::getline(lines, line);)
      if (known_.insert(line).second) lines_.push_back(line);
  }
  void refuse_any() {
    if (lines_.empty()) return;
    const size_t more = lines_.size() - std::min(lines_.size(), kMostProblems);
    lines_.resize(lines_.size() - more);
    if (more > 0) lines_.push_back(fmt::format("… and {} more problems", more));
    throw ConfigError(fmt::format("{}", fmt::join(lines_, "\n")));
  }

 private:
  std::vector<std::string> lines_;
  std::set<std::string> known_;
};

CheckedSweep check_sweep(const fs::path& file, const std::vector<std::string>& settings,
                         const Experiments& experiments) {
  Value document = experiments.load(file);
  const Value section = take_section(document, file);
  const Value defaults = experiments.defaults();
  configs::apply_settings(document, settings, defaults);
  CheckedSweep sweep;
  sweep.spec = read_sweep(section);
  ProblemLines problems;
  std::set<std::string> known;
  for (const PointSettings& point : sweep.spec.points) {
    try {
      Value own = document;
      for (const configs::Setting& setting : point) configs::apply_setting(own, setting, defaults);
      ResolvedPoint resolved{texts_of(point), experiments.resolve(own), {}};
      resolved.sha256 = identity_of(sweep.spec.does, resolved.experiment.yaml);
      if (known.insert(resolved.sha256).second)
        sweep.points.push_back(std::move(resolved));
      else
        ++sweep.repeated;
    } catch (const ConfigError& e) {
      problems.add(e.what());
    }
  }
  problems.refuse_any();
  return sweep;
}

/// The experiment's YAML with another name and folder of runs.
std::string named_yaml(const std::string& yaml, const std::string& name, const fs::path& runs) {
  Value document = configs::parse_document(yaml, name);
  document.set("name", configs::scalar_value(name, true, {}));
  document.set("runs", configs::scalar_value(runs.string(), true, {}));
  return configs::emit_yaml(document, false);
}

/// The tasks that a sweep's folder has, found again by what they do as this version understands them.
class KnownTasks {
 public:
  KnownTasks(const SweepLayout& layout, const Experiments& experiments) {
    if (!is_file(layout.plan())) return;
    plan_ = read_plan(layout);
    for (const Task& task : plan_.tasks) {
      try {
        const Value document = experiments.load(layout.experiment(task.name));
        names_[identity_of(task.does, experiments.resolve(document).yaml)] = task.name;
      } catch (const ConfigError& e) {
        log_warning("{}: this version cannot read its experiment: {}", task.name, e.what());
      }
    }
  }
  const Plan& plan() const { return plan_; }
  /// Empty where there is none.
  std::string name_of(const std::string& sha256) const {
    const auto found = names_.find(sha256);
    return found == names_.end() ? "" : found->second;
  }

 private:
  Plan plan_;
  std::map<std::string, std::string> names_;
};

/// Puts the tasks of a plan together.
class PlanBuilder {
 public:
  PlanBuilder(DraftPlan& draft, const KnownTasks& known) : draft_(draft), known_(known) {}

  /// @returns the name of the task, that of before where it is known
  std::string add(Task task, const std::string& yaml, const std::string& sha256) {
    task.name = known_.name_of(sha256);
    if (task.name.empty()) {
      task.name = task.shared ? first_training_name(sha256) : folder_name(task.settings, sha256);
      draft_.experiments[task.name] = named_yaml(yaml, task.name, draft_.layout.runs());
    }
    draft_.plan.tasks.push_back(task);
    return task.name;
  }

  void keep_those_of_before() {
    for (Task task : known_.plan().tasks) {
      if (draft_.plan.find(task.name) != nullptr) continue;
      task.wanted = false;
      draft_.plan.tasks.push_back(std::move(task));
    }
  }

 private:
  DraftPlan& draft_;
  const KnownTasks& known_;
};

/// Names of the tasks that train an M_0 which several points start from, by what it depends on.
std::map<std::string, std::string> add_first_trainings(const CheckedSweep& sweep, PlanBuilder& builder) {
  std::map<std::string, std::string> names;
  if (sweep.spec.does != "run") return names;
  std::map<std::string, int64_t> counts;
  for (const ResolvedPoint& point : sweep.points)
    if (!point.experiment.first_training.empty()) ++counts[point.experiment.first_training];
  for (const ResolvedPoint& point : sweep.points) {
    const std::string& yaml = point.experiment.first_training;
    if (counts[yaml] < 2 || names.contains(yaml)) continue;
    const Task task{.does = "train", .shared = true};
    names[yaml] = builder.add(task, yaml, identity_of(task.does, yaml));
  }
  return names;
}

DraftPlan draft_in(const SweepLayout& layout, const fs::path& file, const CheckedSweep& sweep,
                   const Experiments& experiments) {
  DraftPlan draft;
  draft.layout = layout;
  draft.repeated = sweep.repeated;
  draft.plan.file = file.string();
  draft.plan.metric = sweep.spec.metric;
  draft.plan.base = texts_of(sweep.spec.base);
  const KnownTasks known(layout, experiments);
  PlanBuilder builder(draft, known);
  const auto firsts = add_first_trainings(sweep, builder);
  for (const ResolvedPoint& point : sweep.points) {
    Task task{.does = sweep.spec.does, .settings = point.settings};
    const auto first = firsts.find(point.experiment.first_training);
    if (first != firsts.end()) task.first = first->second;
    builder.add(task, point.experiment.yaml, point.sha256);
  }
  builder.keep_those_of_before();
  return draft;
}

SweepLayout layout_of_sweep(const CheckedSweep& sweep, const Experiments& experiments) {
  const ResolvedExperiment& any = sweep.points.front().experiment;
  SweepLayout layout(fs::path(any.runs) / any.name);
  if (experiments.is_run(layout.folder()))
    throw ConfigError(
        fmt::format("{} holds a run; give the sweep another name (name=…)", layout.folder().string()));
  return layout;
}

/// Held while a plan is written; waits for another that writes one.
std::optional<FolderLock> lock_plan(const fs::path& folder) {
  for (int i = 1;; ++i) {
    try {
      return std::optional<FolderLock>(std::in_place, folder, FolderLock::Sharing::kAlone, kPlanLockFile);
    } catch (const DataError&) {
      if (i == kLockTries) throw;
      std::this_thread::sleep_for(kLockPause);
    }
  }
}

void write_plan(const DraftPlan& draft) {
  for (const auto& [name, yaml] : draft.experiments)
    if (const fs::path path = draft.layout.experiment(name); !is_file(path))
      write_file_atomically(path, yaml);
  const fs::path path = draft.layout.plan();
  const std::string text = json_text(nlohmann::ordered_json(draft.plan), 1) + "\n";
  if (!is_file(path) || read_file(path) != text) write_file_atomically(path, text);
}

}  // namespace

int64_t count_points(const fs::path& file, const std::vector<std::string>& settings,
                     const Experiments& experiments) {
  return static_cast<int64_t>(check_sweep(file, settings, experiments).points.size());
}

DraftPlan draft_plan(const fs::path& file, const std::vector<std::string>& settings,
                     const Experiments& experiments) {
  const CheckedSweep sweep = check_sweep(file, settings, experiments);
  return draft_in(layout_of_sweep(sweep, experiments), file, sweep, experiments);
}

DraftPlan make_plan(const fs::path& file, const std::vector<std::string>& settings,
                    const Experiments& experiments) {
  const CheckedSweep sweep = check_sweep(file, settings, experiments);
  const SweepLayout layout = layout_of_sweep(sweep, experiments);
  make_folder(layout.folder());
  const auto lock = lock_plan(layout.folder());
  DraftPlan draft = draft_in(layout, file, sweep, experiments);
  write_plan(draft);
  return draft;
}

}  // namespace melomine::sweeps
