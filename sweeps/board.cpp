#include "sweeps/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace melomine::sweeps {
namespace {

TaskView view_of(const SweepLayout& layout, const Task& task, double now_s) {
  TaskView view;
  view.task = &task;
  view.state = read_state(layout.state(task.name));
  if (view.state) {
    view.status = view.state->finished ? TaskStatus::kFinished : TaskStatus::kFailed;
    return view;
  }
  view.claim = last_claim(layout.claims(task.name));
  if (view.claim && view.claim->is_held(now_s))
    view.status = TaskStatus::kWorking;
  else
    view.claim.reset();
  return view;
}

}  // namespace

std::string to_string(TaskStatus status) {
  switch (status) {
    case TaskStatus::kPending:
      return "to do";
    case TaskStatus::kWaiting:
      return "waits for its M_0";
    case TaskStatus::kBlocked:
      return "its M_0 failed";
    case TaskStatus::kWorking:
      return "at work";
    case TaskStatus::kFailed:
      return "failed";
    case TaskStatus::kFinished:
      return "finished";
  }
  return "";
}

int64_t Board::count(TaskStatus status, bool points_only) const {
  return std::count_if(tasks.begin(), tasks.end(), [&](const TaskView& view) {
    return view.status == status && !(points_only && view.task->shared);
  });
}

int64_t Board::points() const {
  return std::count_if(tasks.begin(), tasks.end(), [](const TaskView& view) { return !view.task->shared; });
}

bool Board::is_finished() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskView& view) {
    return view.status == TaskStatus::kFinished || view.task->shared;
  });
}

bool Board::is_over() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskView& view) {
    return view.status == TaskStatus::kFinished || view.status == TaskStatus::kFailed ||
           view.status == TaskStatus::kBlocked;
  });
}

Board read_board(const SweepLayout& layout, const Plan& plan, double now_s) {
  Board board;
  std::map<std::string, TaskStatus> shared;
  for (const Task& task : plan.tasks) {
    if (!task.wanted) continue;
    TaskView view = view_of(layout, task, now_s);
    if (task.shared) shared[task.name] = view.status;
    const auto first = shared.find(task.first);
    if (view.status == TaskStatus::kPending && first != shared.end() &&
        first->second != TaskStatus::kFinished)
      view.status = first->second == TaskStatus::kFailed ? TaskStatus::kBlocked : TaskStatus::kWaiting;
    board.tasks.push_back(std::move(view));
  }
  return board;
}

std::string summary_of(const Board& board) {
  std::string text =
      fmt::format("{} of {} points finished", board.count(TaskStatus::kFinished), board.points());
  const auto add = [&](int64_t count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(board.count(TaskStatus::kWorking), "at work");
  add(board.count(TaskStatus::kFailed), "failed");
  add(board.count(TaskStatus::kBlocked), "without their M_0, which failed");
  add(board.count(TaskStatus::kPending) + board.count(TaskStatus::kWaiting), "to do");
  return text;
}

std::vector<std::string> labels_of(const Board& board) {
  std::vector<SettingTexts> points;
  for (const TaskView& view : board.tasks)
    if (!view.task->shared) points.push_back(view.task->settings);
  points = differing(points);
  std::vector<std::string> labels;
  size_t point = 0;
  for (const TaskView& view : board.tasks)
    labels.push_back(view.task->shared ? view.task->name : label_of(points[point++]));
  return labels;
}

std::string failures_of(const Board& board, const SweepLayout& layout) {
  std::string text;
  const auto labels = labels_of(board);
  for (size_t i = 0; i < labels.size(); ++i) {
    const TaskView& view = board.tasks[i];
    if (view.status != TaskStatus::kFailed) continue;
    const Failure& failure = view.state->failure;
    text +=
        fmt::format("failed: {}: {} ({}), attempt {}: {}\n  {}\n", labels[i], failure.reason, failure.ending,
                    view.state->attempts, failure.error, layout.output(view.task->name).string());
  }
  return text;
}

}  // namespace melomine::sweeps
