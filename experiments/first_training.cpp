#include "experiments/first_training.h"

#include <system_error>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

/// Checkpoints are large and only ever replaced by a rename: two runs can have one file.
void link_or_copy(const fs::path& from, const fs::path& to) {
  make_folder(to.parent_path());
  std::error_code no_link;
  if (from.extension() == ".safetensors") fs::create_hard_link(from, to, no_link);
  if (from.extension() == ".safetensors" && !no_link) return;
  AtomicFile copy(to);
  std::error_code error;
  fs::copy_file(from, copy.temporary(), fs::copy_options::overwrite_existing, error);
  if (error) throw DataError(to.string(), "", "cannot be copied: " + error.message());
  copy.commit();
}

}  // namespace

ExperimentConfig first_training(const ExperimentConfig& experiment) {
  const ExperimentConfig defaults;
  ExperimentConfig kept = experiment;
  kept.name = defaults.name;
  kept.runs = defaults.runs;
  kept.separate = defaults.separate;
  kept.mine = defaults.mine;
  kept.loop = defaults.loop;
  if (kept.train.validate_every.count == 0) kept.evaluate = defaults.evaluate;
  return kept;
}

bool trains_first(const ExperimentConfig& experiment) {
  return !experiment.data.groups.empty() || !experiment.melodies.sources.empty();
}

bool share_first_training(const RunLayout& from, const RunLayout& to, const ExperimentConfig& experiment) {
  if (fs::exists(to.done(0, StageKind::kTrain))) return true;
  if (!fs::exists(from.done(0, StageKind::kTrain))) return false;
  const fs::path stage = to.stage(0, StageKind::kTrain), source = from.stage(0, StageKind::kTrain);
  fs::path part = stage;
  part += ".part";
  fs::remove_all(part);
  for (const fs::path& file : list_folder_deeply(source))
    if (fs::is_regular_file(file)) link_or_copy(file, part / file.lexically_relative(source));
  if (!fs::exists(to.experiment())) write_file_atomically(to.experiment(), configs::to_yaml(experiment));
  fs::remove_all(stage);
  fs::rename(part, stage);
  return true;
}

}  // namespace melomine::experiments
