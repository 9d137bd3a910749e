#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace melomine {

/// A worker's part of work that several share: worker `index` of `count` takes items index, index + count, …
struct WorkShare {
  int64_t index = 0, count = 1;
  friend bool operator==(const WorkShare&, const WorkShare&) = default;
};

/// "1/3" → {1, 3}, as `--worker` has it. @throws ConfigError unless 0 <= r < n
WorkShare parse_share(const std::string& text);

/// The part of a task of a SLURM job array: SLURM_ARRAY_TASK_ID counted from SLURM_ARRAY_TASK_MIN in steps of
/// SLURM_ARRAY_TASK_STEP (1 where it is not set), of SLURM_ARRAY_TASK_COUNT. Nothing outside of an array.
/// @param variable  its value or null: std::getenv
/// @throws ConfigError that names the variable where one is missing beside the others or is no number, and
/// for
///         an array whose numbers are not evenly spaced
std::optional<WorkShare> share_of_slurm_array(const std::function<const char*(const char*)>& variable);

}  // namespace melomine
