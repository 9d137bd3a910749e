#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.h"
#include "sweeps/experiments.h"
#include "sweeps/sweep_layout.h"

namespace melomine::sweeps {

struct WorkOptions {
  std::filesystem::path program = {};  ///< melomine itself
  int64_t jobs = 1;                    ///< points at once; each may use its part of this process's processors
  bool fail_fast = false;              ///< the first failure ends this worker, its other points gently
  bool wait = false;                   ///< until other workers' points are through, too
  double lease_s = 120;  ///< a point is free again so long after its worker was last heard of, at least 1
};

struct WorkResult {
  int64_t finished = 0, failed = 0;  ///< tasks that this worker saw end
};

/// Works on a sweep's points until none is left that could be begun. Any number of workers may do so at once,
/// on this machine or on others that share the folder. Each point is a process of its own: its output goes to
/// its folder, and it is continued where an earlier attempt stopped. A failed one is told and left.
/// @param observer  is told of points
/// @throws Cancelled when the user asked to stop: points at work have saved and are free; DataError where the
/// sweep's folder cannot be read or written
WorkResult work_on(const SweepLayout& layout, const Experiments& experiments, const WorkOptions& options,
                   RunObserver& observer);

/// Makes failed tasks pending again. @param reasons  those that failed so; empty: all @returns how many
int64_t retry_failed(const SweepLayout& layout, const std::vector<std::string>& reasons, double lease_s);

}  // namespace melomine::sweeps
