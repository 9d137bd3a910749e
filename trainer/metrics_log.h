#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

#include "core/progress.h"
#include "trainer/tensorboard_writer.h"

namespace melomine::trainer {

/// Keeps every scalar of a run twice: as a line of metrics.jsonl, {"step", "tag", "value", "time"}, and as a
/// TensorBoard event. Opened at a resumed step, what was logged after it is dropped from both, so that an
/// interrupted run leaves the curves of the uninterrupted one.
class MetricsLog : public RunObserver {
 public:
  /// @param resume_step  scalars of steps beyond it are dropped; -1 starts empty
  MetricsLog(const std::filesystem::path& jsonl, const std::filesystem::path& tensorboard_folder,
             int64_t resume_step);
  void on_scalar(std::string_view tag, int64_t step, double value) override;

 private:
  std::ofstream jsonl_;
  TensorboardWriter tensorboard_;
};

}  // namespace melomine::trainer
