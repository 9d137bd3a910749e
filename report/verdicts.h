#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/run_record.h"
#include "review/consensus.h"

namespace melomine::report {

/// What people said of a run's mined pairs.
struct VerdictFigures {
  std::map<std::string, int64_t> answers_of;  ///< by reviewer; those that were taken back count, too
  int64_t pairs = 0;                          ///< that somebody judged
  review::Agreement agreement;                ///< of those that at least two could tell
  /// By the round whose mined set they are applied to; those without a pair that was judged are left out.
  std::map<int, review::AppliedVerdicts> applied;
};

/// None where nobody has said anything.
std::optional<VerdictFigures> verdict_figures(const RunRecord& run);

}  // namespace melomine::report
