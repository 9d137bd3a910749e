#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace melomine {

/// How far a stage has come.
struct StageProgress {
  std::string_view stage, unit;  ///< "train", "steps"
  int64_t total = 0;             ///< items, 0 when unknown
  int64_t done_before = 0;       ///< of `done`, what an earlier process had finished: no part of the rate
  int64_t done = 0;
  double elapsed_s = 0;  ///< of this process
};

/// "train 900/1000 steps, 2/s, 50 s left"; without total or rate nothing is said of what is left.
std::string progress_line(const StageProgress& progress);

}  // namespace melomine
