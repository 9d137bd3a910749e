#include "experiments/leak_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "experiments/leak_search.h"
#include "experiments/leak_sides.h"
#include "experiments/rounds.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

/// Of what is compared and how: another version finds other leaks.
constexpr const char* kVersionKey = "version of the comparison";
constexpr const char* kVersion = "1";

/// The experiments whose encoders are asked, each once.
std::vector<ExperimentConfig> experiments_of(const ExperimentConfig& config,
                                             const std::vector<fs::path>& checkpoints) {
  if (checkpoints.empty()) return {config};
  std::map<fs::path, ExperimentConfig> by_folder;
  const fs::path own = fs::weakly_canonical(fs::absolute(layout_of(config).folder()));
  for (const fs::path& checkpoint : checkpoints) {
    const auto run = RunLayout::around(checkpoint);
    if (!run) {
      log_info("leaks: {} lies in no run's folder; what it learned from is not known", checkpoint.string());
      continue;
    }
    const fs::path folder = fs::weakly_canonical(run->folder());
    by_folder.emplace(folder,
                      folder == own ? config : configs::load_config<ExperimentConfig>(run->experiment()));
  }
  std::vector<ExperimentConfig> all;
  all.reserve(by_folder.size());
  for (auto& [folder, experiment] : by_folder) all.push_back(std::move(experiment));
  return all;
}

/// Data that is gone since a run was trained is no fault of what is evaluated now.
LeakSide trained_by(const std::vector<ExperimentConfig>& experiments) {
  LeakSide all;
  for (size_t i = 0; i < experiments.size(); ++i) {
    try {
      LeakSide side = trained_side(experiments[i]);
      std::move(side.items.begin(), side.items.end(), std::back_inserter(all.items));
      for (const auto& [name, sha256] : side.inputs)
        all.inputs.emplace(fmt::format("trained {}: {}", i, name), sha256);
    } catch (const Error& e) {
      log_warning("leaks: what run '{}' was trained on is not compared: {}", experiments[i].name, e.what());
    }
  }
  return all;
}

std::string refusal(const LeakReport& report) {
  const auto proofs = std::count_if(report.leaks.begin(), report.leaks.end(),
                                    [](const Leak& leak) { return is_proof(leak.kind); });
  return fmt::format(
      "data leak: {}; {} such pair(s) are listed in {}; leave one of each out (data.held_out_ids, "
      "melodies.sources[].leave_out, or the set's tables), or set leaks=report to go on",
      describe(report.leaks.front()), proofs, report.file.string());
}

}  // namespace

void LeakReport::tell() const {
  std::map<LeakKind, int64_t> counts;
  for (const Leak& leak : leaks) ++counts[leak.kind];
  if (counts.empty()) {
    if (trained > 0) log_info("leaks: none in {} evaluated and {} trained items", evaluated, trained);
    return;
  }
  std::string text;
  for (const auto& [kind, count] : counts)
    text += fmt::format("{}{} by {}", text.empty() ? "" : ", ", count, to_string(kind));
  log_warning("leaks: pairs of what is evaluated on and trained on: {}; the first: {}; all in {}", text,
              describe(leaks.front()), file.string());
}

LeakReport check_leaks(const ExperimentConfig& config, const std::vector<fs::path>& checkpoints,
                       RunObserver& observer) {
  const RunLayout layout = layout_of(config);
  const LeakSide trained = trained_by(experiments_of(config, checkpoints));
  if (trained.items.empty()) return {};
  const LeakSide evaluated = evaluated_side(config);
  if (evaluated.items.empty()) return {};
  StageInputs inputs = {{kVersionKey, kVersion}};
  inputs.insert(trained.inputs.begin(), trained.inputs.end());
  inputs.insert(evaluated.inputs.begin(), evaluated.inputs.end());
  LeakReport report;
  report.file = layout.leaks();
  if (fs::exists(report.file) && read_inputs(layout.leaks_inputs()) == inputs) {
    report.leaks = read_leaks(report.file);
  } else {
    LeakSearch search = find_leaks(evaluated.items, trained.items, observer);
    if (search.unread > 0)
      log_warning(
          "leaks: {} of {} items could not be read and were not compared; all are compared again the next "
          "time",
          search.unread, evaluated.items.size() + trained.items.size());
    report.leaks = std::move(search.leaks);
    report.evaluated = static_cast<int64_t>(evaluated.items.size());
    report.trained = static_cast<int64_t>(trained.items.size());
    make_folder(layout.folder());
    fs::remove(layout.leaks_inputs());
    write_leaks(report.file, report.leaks);
    if (search.unread == 0) write_inputs(layout.leaks_inputs(), inputs);  // else what is listed does not hold
  }
  if (report.any_proof() && config.leaks == Leaks::kRefuse) throw ConfigError(refusal(report));
  return report;
}

}  // namespace melomine::experiments
