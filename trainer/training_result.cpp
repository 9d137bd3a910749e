#include "trainer/training_result.h"

#include <fmt/format.h>

#include <sstream>

#include "core/error.h"
#include "core/text.h"
#include "embedding/model_config.h"
#include "models/safetensors.h"

namespace melomine::trainer {
namespace {

constexpr const char* kBestMetricKey = "best_metric";
constexpr const char* kBestStepKey = "best_step";
constexpr const char* kFailedKey = "failed_validations";
constexpr const char* kRecentKey = "recent_validations";
constexpr const char* kOwedKey = "owed_validations";  // only where there is one

template <class T>
T number_of(const Metadata& metadata, const char* key, const std::filesystem::path& file) {
  const auto found = metadata.find(key);
  if (found != metadata.end())
    if (const auto value = parse<T>(found->second)) return *value;
  throw DataError(file.string(), "metadata", fmt::format("'{}' is missing or no number", key));
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

TrainingProgress progress_of(const Metadata& metadata, const std::filesystem::path& file) {
  TrainingProgress progress;
  progress.step = number_of<int64_t>(metadata, embedding::kStepKey, file);
  progress.best_metric = number_of<double>(metadata, kBestMetricKey, file);
  progress.best_step = number_of<int64_t>(metadata, kBestStepKey, file);
  progress.failed_validations = number_of<int64_t>(metadata, kFailedKey, file);
  progress.recent = numbers_of(metadata, kRecentKey, file);
  progress.owes_validation = metadata.contains(kOwedKey);
  return progress;
}

Metadata metadata_of(const TrainingProgress& progress) {
  Metadata metadata = {{embedding::kStepKey, std::to_string(progress.step)},
                       {kBestMetricKey, format_number(progress.best_metric)},
                       {kBestStepKey, std::to_string(progress.best_step)},
                       {kFailedKey, std::to_string(progress.failed_validations)}};
  if (!progress.recent.empty()) metadata[kRecentKey] = text_of(progress.recent);
  if (progress.owes_validation) metadata[kOwedKey] = "1";
  return metadata;
}

std::optional<double> validation_metric(const std::filesystem::path& checkpoint) {
  const Metadata metadata = models::safetensors_header(checkpoint).metadata;
  if (number_of<int64_t>(metadata, kBestStepKey, checkpoint) < 0) return std::nullopt;
  return number_of<double>(metadata, kBestMetricKey, checkpoint);
}

}  // namespace melomine::trainer
