#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/run_record.h"

namespace melomine::report {

/// How fast a stage worked.
struct Rate {
  std::string_view key;   ///< "steps_per_s", for programs
  std::string_view unit;  ///< "steps/s"; "" of a share
  double value = 0;
};

/// What a stage of a round took.
struct StageTime {
  int round = 0;
  std::string stage;
  double seconds = 0;       ///< of the call that finished it; NaN where nothing says it
  std::vector<Rate> rates;  ///< of a training steps_per_s, clips_per_s, data_wait_share; of mining
                            ///< songs_per_s; of an evaluation queries_per_s, what is searched included
};

/// By round, in the order of the stages; those of which neither time nor rate is known are left out. Rates of
/// a training are over all its steps, with validation.
std::vector<StageTime> stage_times(const RunRecord& run);
/// Of all stages whose time is known.
double total_seconds(const std::vector<StageTime>& times);

}  // namespace melomine::report
