#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a training leaves, for those who do not train.
namespace melomine::trainer {

/// Files of a training's folder.
inline constexpr const char* kMetricsFile = "metrics.jsonl";
inline constexpr const char* kTensorBoardFolder = "tensorboard";
inline constexpr const char* kLastCheckpoint = "last.safetensors";
inline constexpr const char* kBestCheckpoint = "best.safetensors";

/// Where training stands; saved in each checkpoint.
struct TrainingProgress {
  int64_t step = 0;                ///< steps taken
  double best_metric = -1;         ///< of all validations that count
  int64_t best_step = -1;          ///< -1: no validation yet
  int64_t failed_validations = 0;  ///< in a row, without a rise
  std::vector<double> recent;      ///< metrics of the newest validations, at most the window's, oldest first
  bool owes_validation = false;    ///< that of this step was broken off
};

struct TrainingResult {
  TrainingProgress progress;
  bool stopped_early = false;
  std::filesystem::path last, best;  ///< best = last when nothing was validated
};

/// Texts by key, as a checkpoint holds them beside its tensors.
using Metadata = std::map<std::string, std::string>;
/// @throws DataError naming the key that is missing or holds no number
TrainingProgress progress_of(const Metadata& metadata, const std::filesystem::path& file);
Metadata metadata_of(const TrainingProgress& progress);
/// The held-out metric a checkpoint was saved with; none where nothing was validated. @throws DataError
std::optional<double> validation_metric(const std::filesystem::path& checkpoint);

}  // namespace melomine::trainer
