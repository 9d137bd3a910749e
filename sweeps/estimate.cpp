#include "sweeps/estimate.h"

#include <algorithm>
#include <map>

namespace melomine::sweeps {
namespace {

struct Times {
  double sum_s = 0;
  int64_t count = 0;
  void add(double seconds) {
    sum_s += seconds;
    ++count;
  }
  double mean_s() const { return sum_s / static_cast<double>(count); }
};

}  // namespace

std::optional<double> time_left_s(const Board& board, int64_t at_once) {
  Times points, shared;
  std::map<std::string, Times> rows;
  for (const TaskView& view : board.tasks) {
    if (view.status != TaskStatus::kFinished) continue;
    (view.task->shared ? shared : points).add(view.state->wall_s);
    if (!view.task->shared) rows[label_of(without_seed(view.task->settings))].add(view.state->wall_s);
  }
  if (points.count == 0) return std::nullopt;
  double left_s = 0;
  for (const TaskView& view : board.tasks) {
    if (view.status == TaskStatus::kFinished || view.status == TaskStatus::kFailed ||
        view.status == TaskStatus::kBlocked)
      continue;
    const auto row = rows.find(label_of(without_seed(view.task->settings)));
    const Times& all = view.task->shared && shared.count > 0 ? shared : points;
    left_s += !view.task->shared && row != rows.end() ? row->second.mean_s() : all.mean_s();
  }
  return left_s / static_cast<double>(std::max<int64_t>(1, at_once));
}

}  // namespace melomine::sweeps
