#include "trainer/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/logging.h"
#include "embedding/model_config.h"
#include "models/checkpoint.h"

namespace melomine::trainer {
namespace {

constexpr const char* kFormatKey = "format";
constexpr const char* kFormat = "melomine-checkpoint-1";
constexpr std::string_view kNumberedPrefix = "step_", kCheckpointEnding = ".safetensors";

using Metadata = std::map<std::string, std::string>;

/// Whether a checkpoint's model, as an earlier version wrote it down, is the one of this text.
bool is_model(const Metadata& metadata, const std::string& model_yaml, const std::filesystem::path& file) {
  const auto found = metadata.find(embedding::kModelKey);
  if (found == metadata.end()) return false;
  return found->second == model_yaml || configs::to_yaml(configs::parse_config<embedding::ModelConfig>(
                                            found->second, file.string() + " (metadata)")) == model_yaml;
}

}  // namespace

CheckpointFolder::CheckpointFolder(std::filesystem::path folder, std::string model_yaml, int64_t keep)
    : folder_(std::move(folder)), model_yaml_(std::move(model_yaml)), keep_(keep) {
  make_folder(folder_);
}

TrainingProgress CheckpointFolder::resume(Learner& learner) const {
  if (!std::filesystem::exists(last())) return {};
  const models::Checkpoint checkpoint = models::load_checkpoint(last());
  if (!is_model(checkpoint.metadata, model_yaml_, last()))
    throw DataError(last().string(), "metadata",
                    "holds another model than the experiment asks for; give the run another name");
  learner.load_state(checkpoint.tensors, last().string());
  TrainingProgress progress = progress_of(checkpoint.metadata, last());
  log_info("continuing from {} (step {})", last().string(), progress.step);
  return progress;
}

void CheckpointFolder::save(const Learner& learner, const TrainingProgress& progress) const {
  const auto numbered = folder_ / fmt::format("{}{:08}{}", kNumberedPrefix, progress.step, kCheckpointEnding);
  write(numbered, learner, progress);
  AtomicFile link(last());
  std::filesystem::remove(link.temporary());
  std::filesystem::create_hard_link(numbered, link.temporary());
  link.commit();
  remove_old();
}

void CheckpointFolder::save_best(const Learner& learner, const TrainingProgress& progress) const {
  write(best(), learner, progress);
}

void CheckpointFolder::write(const std::filesystem::path& path, const Learner& learner,
                             const TrainingProgress& progress) const {
  models::Checkpoint checkpoint;
  checkpoint.tensors = learner.state();
  checkpoint.metadata = metadata_of(progress);
  checkpoint.metadata[kFormatKey] = kFormat;
  checkpoint.metadata[embedding::kModelKey] = model_yaml_;
  models::save_checkpoint(path, checkpoint);
}

void CheckpointFolder::remove_old() const {
  std::vector<std::filesystem::path> numbered;
  for (const auto& path : list_folder(folder_)) {
    const std::string name = path.filename().string();
    if (name.starts_with(kNumberedPrefix) && name.ends_with(kCheckpointEnding)) numbered.push_back(path);
  }
  while (static_cast<int64_t>(numbered.size()) > keep_) {
    std::filesystem::remove(numbered.front());
    numbered.erase(numbered.begin());
  }
}

}  // namespace melomine::trainer
