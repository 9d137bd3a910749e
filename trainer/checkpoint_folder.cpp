#include "trainer/checkpoint_folder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "embedding/saved_model.h"
#include "models/checkpoint.h"
#include "models/safetensors.h"

namespace melomine::trainer {
namespace {

constexpr const char* kBestMetricKey = "best_metric";
constexpr const char* kBestStepKey = "best_step";
constexpr const char* kFailedKey = "failed_validations";
constexpr const char* kRecentKey = "recent_validations";
constexpr const char* kFormatKey = "format";
constexpr const char* kFormat = "melomine-checkpoint-1";

using Metadata = std::map<std::string, std::string>;

template <class T>
T number_of(const Metadata& metadata, const char* key, const std::filesystem::path& file) {
  const auto found = metadata.find(key);
  if (found != metadata.end())
    if (const auto value = parse<T>(found->second)) return *value;
  throw DataError(file.string(), "metadata", fmt::format("'{}' is missing or no number", key));
}

/// Whether a checkpoint's model, as an earlier version wrote it down, is the one of this text.
bool is_model(const Metadata& metadata, const std::string& model_yaml, const std::filesystem::path& file) {
  const auto found = metadata.find(embedding::kModelKey);
  if (found == metadata.end()) return false;
  return found->second == model_yaml || configs::to_yaml(configs::parse_config<embedding::ModelConfig>(
                                            found->second, file.string() + " (metadata)")) == model_yaml;
}

std::string text_of(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : " ") + format_number(number);
  return text;
}

/// Numbers separated by spaces; none where the key is missing, as in checkpoints of earlier versions.
std::vector<double> numbers_of(const Metadata& metadata, const char* key, const std::filesystem::path& file) {
  std::vector<double> numbers;
  const auto found = metadata.find(key);
  if (found == metadata.end()) return numbers;
  std::istringstream words(found->second);
  for (std::string word; words >> word;) {
    const auto value = parse<double>(word);
    if (!value)
      throw DataError(file.string(), "metadata", fmt::format("'{}' holds '{}', no number", key, word));
    numbers.push_back(*value);
  }
  return numbers;
}

}  // namespace

std::optional<double> validation_metric(const std::filesystem::path& checkpoint) {
  const Metadata content = models::safetensors_header(checkpoint).metadata;
  if (number_of<int64_t>(content, kBestStepKey, checkpoint) < 0) return std::nullopt;
  return number_of<double>(content, kBestMetricKey, checkpoint);
}

CheckpointFolder::CheckpointFolder(std::filesystem::path folder, std::string model_yaml, int64_t keep)
    : folder_(std::move(folder)), model_yaml_(std::move(model_yaml)), keep_(keep) {
  make_folder(folder_);
}

TrainingProgress CheckpointFolder::resume(Learner& learner) const {
  TrainingProgress progress;
  if (!std::filesystem::exists(last())) return progress;
  const models::Checkpoint checkpoint = models::load_checkpoint(last());
  if (!is_model(checkpoint.metadata, model_yaml_, last()))
    throw DataError(last().string(), "metadata",
                    "holds another model than the experiment asks for; give the run another name");
  learner.load_state(checkpoint.tensors, last().string());
  progress.step = number_of<int64_t>(checkpoint.metadata, embedding::kStepKey, last());
  progress.best_metric = number_of<double>(checkpoint.metadata, kBestMetricKey, last());
  progress.best_step = number_of<int64_t>(checkpoint.metadata, kBestStepKey, last());
  progress.failed_validations = number_of<int64_t>(checkpoint.metadata, kFailedKey, last());
  progress.recent = numbers_of(checkpoint.metadata, kRecentKey, last());
  spdlog::info("continuing from {} (step {})", last().string(), progress.step);
  return progress;
}

void CheckpointFolder::save(const Learner& learner, const TrainingProgress& progress) const {
  const auto numbered = folder_ / fmt::format("step_{:08}.safetensors", progress.step);
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
  checkpoint.metadata = {{kFormatKey, kFormat},
                         {embedding::kModelKey, model_yaml_},
                         {embedding::kStepKey, std::to_string(progress.step)},
                         {kBestMetricKey, format_number(progress.best_metric)},
                         {kBestStepKey, std::to_string(progress.best_step)},
                         {kFailedKey, std::to_string(progress.failed_validations)}};
  if (!progress.recent.empty()) checkpoint.metadata[kRecentKey] = text_of(progress.recent);
  models::save_checkpoint(path, checkpoint);
}

void CheckpointFolder::remove_old() const {
  std::vector<std::filesystem::path> numbered;
  for (const auto& path : list_folder(folder_)) {
    const std::string name = path.filename().string();
    if (name.starts_with("step_") && name.ends_with(".safetensors")) numbered.push_back(path);
  }
  while (static_cast<int64_t>(numbered.size()) > keep_) {
    std::filesystem::remove(numbered.front());
    numbered.erase(numbered.begin());
  }
}

}  // namespace melomine::trainer
