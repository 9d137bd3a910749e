#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/claim.h"
#include "sweeps/plan.h"
#include "sweeps/task_state.h"

namespace melomine::sweeps {

enum class TaskStatus {
  kPending,  ///< can be begun
  kWaiting,  ///< for the M_0 that it starts from
  kBlocked,  ///< that M_0 failed
  kWorking,  ///< claimed
  kFailed,
  kFinished,
};
std::string to_string(TaskStatus status);

struct TaskView {
  const Task* task = nullptr;
  TaskStatus status = TaskStatus::kPending;
  std::optional<TaskState> state = {};
  std::optional<ClaimRecord> claim = {};  ///< of one that is at work
};

/// How the wanted tasks of a plan stand.
struct Board {
  std::vector<TaskView> tasks = {};

  /// @param points_only  without those that train an M_0 for others
  int64_t count(TaskStatus status, bool points_only = true) const;
  int64_t points() const;
  /// Whether every task is finished.
  bool is_finished() const;
  /// Whether no task can ever be begun or go on without being asked to.
  bool is_over() const;
};

/// @param plan   outlives the board
/// @param now_s  by the file system's clock
Board read_board(const SweepLayout& layout, const Plan& plan, double now_s);

/// "7 of 12 points finished, 2 at work, 1 failed, 2 to do".
std::string summary_of(const Board& board);

/// A line for each failed point: its settings that not all share, why, what it printed last, its log.
std::string failures_of(const Board& board, const SweepLayout& layout);

/// Labels of the tasks by the settings that not all points share. [tasks of the board]
std::vector<std::string> labels_of(const Board& board);

}  // namespace melomine::sweeps
