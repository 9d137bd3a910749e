#include "experiments/loop_progress.h"

namespace melomine::experiments {

void LoopProgress::judge(RoundRecord& record) {
  const auto before = accepted_rounds(config_, validation_mrr_);
  record.reason = before.empty()
                      ? std::string()
                      : gate_refusal(config_, validation_mrr_[in_force(before)], record.validation_mrr);
  record.accepted = record.reason.empty();
  validation_mrr_.push_back(record.validation_mrr);
  const double yield = record.songs_mined == 0
                           ? 0
                           : static_cast<double>(record.relevant) / static_cast<double>(record.songs_mined);
  outcomes_.push_back({.validation_mrr = record.validation_mrr, .yield_per_song = yield});
  record.stop_reason = record.round < config_.rounds ? stall(config_.stop, outcomes_) : std::string();
}

}  // namespace melomine::experiments
