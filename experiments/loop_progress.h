#pragma once

#include <optional>
#include <vector>

#include "experiments/loop_config.h"
#include "experiments/round_record.h"

namespace melomine::experiments {

/// What the loop decides when a round is over, from the figures of the rounds alone.
class LoopProgress {
 public:
  explicit LoopProgress(const LoopConfig& config) : config_(config) {}
  /// Whether the encoder of the next round, 0 first, is accepted, and whether the loop goes on: sets
  /// accepted, reason and stop_reason from the other fields.
  void judge(RoundRecord& record);

 private:
  LoopConfig config_;
  std::vector<std::optional<double>> validation_mrr_;  ///< by round
  std::vector<RoundOutcome> outcomes_;                 ///< by round
};

}  // namespace melomine::experiments
