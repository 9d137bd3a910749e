#include "sweeps/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/child_process.h"
#include "core/error.h"
#include "core/exit_status.h"
#include "core/folder_lock.h"
#include "core/logging.h"
#include "core/processors.h"
#include "core/utc_time.h"
#include "sweeps/board.h"
#include "sweeps/claim.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kRenewalsPerLease = 5;
constexpr auto kPause = std::chrono::milliseconds(500);  // between looks for work where there is none
constexpr auto kBusyPause = std::chrono::seconds(1);     // before a run whose last process still ends
constexpr std::streamoff kReadAtEnd = 16 * 1024;         // bytes of what a task printed

std::string end_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  in.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(in.tellg()) - kReadAtEnd));
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Whether a process still works in the run; one that was killed may take a moment to end.
bool is_busy(const fs::path& run) {
  if (!fs::is_directory(run)) return false;
  try {
    const FolderLock lock(run);
    return false;
  } catch (const DataError&) {
    return true;
  }
}

/// A claimed task, kept so while it lives.
struct Held {
  Claim claim;
  Task task;
  std::string label;
  std::atomic<bool> lost{false};
};

class Work {
 public:
  Work(const SweepLayout& layout, const Experiments& experiments, const WorkOptions& options,
       RunObserver& observer)
      : layout_(layout),
        experiments_(experiments),
        options_(options),
        observer_(observer),
        presence_(layout.workers()) {}

  WorkResult run() {
    const auto processors = divide_processors(options_.jobs);
    begin_progress();
    std::thread renewal([this] { keep_claims(); });
    std::vector<std::thread> slots;
    slots.reserve(processors.size());
    for (const auto& part : processors) slots.emplace_back([this, &part] { work_in_slot(part); });
    for (std::thread& slot : slots) slot.join();
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    renewal.join();
    if (error_) std::rethrow_exception(error_);
    for (const Task& task : read_plan(layout_).tasks) remove_left_over(layout_.claims(task.name));
    observer_.on_stage_end("");
    throw_if_cancelled();
    return result_;
  }

 private:
  bool is_stopping() const { return stopping_ || cancellation_requested(); }

  void begin_progress() {
    const Plan plan = read_plan(layout_);
    const Board board = read_board(layout_, plan, presence_.now_s());
    observer_.on_stage_begin("sweep", board.points(), "points");
    observer_.on_progress(board.count(TaskStatus::kFinished), "");
  }

  void work_in_slot(const std::vector<int>& processors) {
    try {
      while (!is_stopping()) {
        bool over = false;
        if (const auto held = next_task(over))
          do_task(*held, processors);
        else if (over)
          return;
        else
          pause(kPause);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stopping_ = true;
    }
  }

  template <class Duration>
  void pause(Duration duration) {
    const auto until = Clock::now() + duration;
    while (!is_stopping() && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  /// The first task that can be had, claimed. @param over  set where there is none and none is waited for
  std::shared_ptr<Held> next_task(bool& over) {
    const std::lock_guard lock(mutex_);
    const Plan plan = read_plan(layout_);
    const Board board = read_board(layout_, plan, presence_.now_s());
    const bool may_come = board.count(TaskStatus::kWaiting) + board.count(TaskStatus::kPending, false) > 0;
    over = board.is_over() || (!options_.wait && !may_come);
    const auto labels = labels_of(board);
    for (size_t i = 0; i < labels.size(); ++i) {
      const TaskView& view = board.tasks[i];
      if (view.status != TaskStatus::kPending || Clock::now() < not_before_[view.task->name]) continue;
      if (is_busy(layout_.run(view.task->name))) {
        not_before_[view.task->name] = Clock::now() + kBusyPause;
        continue;
      }
      auto claim = Claim::take(layout_.claims(view.task->name), presence_, options_.lease_s);
      if (!claim) continue;
      if (read_state(layout_.state(view.task->name))) {  // another finished it since the board was read
        claim->release();
        continue;
      }
      auto held = std::shared_ptr<Held>(new Held{*claim, *view.task, labels[i]});
      held_.push_back(held);
      return held;
    }
    return nullptr;
  }

  /// Renews what is held, as long as the work goes on.
  void keep_claims() {
    const auto every = std::chrono::duration<double>(options_.lease_s / kRenewalsPerLease);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, every, [this] { return over_; })) {
      for (const auto& held : held_) {
        try {
          if (!held->claim.renew()) held->lost = true;
        } catch (const DataError& e) {  // the lease outlives a disturbance of the network
          log_warning("{}", e.what());
        }
      }
    }
  }

  void do_task(Held& held, const std::vector<int>& processors) {
    const Task& task = held.task;
    make_folder(layout_.run(task.name));
    share_first_training(task);
    log_info("{}: begins, attempt {}", held.label, held.claim.number());
    const auto begun = Clock::now();
    ChildOptions child;
    child.output = layout_.output(task.name);
    child.processors = processors;
    child.stop = [&] { return is_stopping() || held.lost; };
    const ChildResult result =
        run_child({options_.program.string(), task.does, layout_.experiment(task.name).string()}, child);
    const double wall_s = std::chrono::duration<double>(Clock::now() - begun).count();
    // An interruption of the whole job may reach the child first.
    const bool left = result.exit_status == kExitInterrupted || result.exit_status == kExitRequeue;
    if (left && !result.stopped) pause(kBusyPause);
    end_task(held, result, wall_s);
  }

  /// A point starts from an M_0 that others have, too; an M_0 that a point of before has is not trained
  /// again.
  void share_first_training(const Task& task) {
    const Plan plan = read_plan(layout_);
    const fs::path experiment = layout_.experiment(task.name);
    const auto take_from = [&](const std::string& other) {
      return experiments_.share_first_training(layout_.run(other), layout_.run(task.name), experiment);
    };
    if (!task.first.empty()) take_from(task.first);
    if (!task.shared) return;
    for (const Task& other : plan.tasks)
      if (other.first == task.name && take_from(other.name)) return;
  }

  void end_task(Held& held, const ChildResult& result, double wall_s) {
    const std::lock_guard lock(mutex_);
    std::erase_if(held_, [&](const auto& other) { return other.get() == &held; });
    if (held.lost || !held.claim.renew()) {
      log_warning("{}: another worker has taken it over", held.label);
      return;
    }
    if (!result.succeeded() && is_stopping()) {
      log_info("{}: stopped; it goes on where it was", held.label);
      return held.claim.release();
    }
    TaskState state;
    state.finished = result.succeeded();
    if (!state.finished) state.failure = failure_of(result, end_of(layout_.output(held.task.name)));
    state.attempts = held.claim.number();
    state.wall_s = wall_s;
    state.worker = presence_.name();
    state.ended = now_utc();
    write_state(layout_.state(held.task.name), state);
    held.claim.release();
    tell(held, state);
  }

  void tell(const Held& held, const TaskState& state) {
    ++(state.finished ? result_.finished : result_.failed);
    if (state.finished)
      log_info("{}: finished in {}", held.label, format_duration(state.wall_s));
    else
      log_warning("{}: failed: {} ({}): {}; {}", held.label, state.failure.reason, state.failure.ending,
                  state.failure.error, layout_.output(held.task.name).string());
    if (!state.finished && options_.fail_fast) stopping_ = true;
    const Plan plan = read_plan(layout_);
    const Board board = read_board(layout_, plan, presence_.now_s());
    observer_.on_progress(board.count(TaskStatus::kFinished), summary_of(board));
  }

  const SweepLayout& layout_;
  const Experiments& experiments_;
  const WorkOptions& options_;
  RunObserver& observer_;
  Presence presence_;
  std::mutex mutex_;  ///< of all below, and of claiming: the claims of a process have one name
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Held>> held_;
  std::map<std::string, Clock::time_point> not_before_;
  std::atomic<bool> stopping_{false};
  bool over_ = false;
  std::exception_ptr error_;
  WorkResult result_;
};

}  // namespace

WorkResult work_on(const SweepLayout& layout, const Experiments& experiments, const WorkOptions& options,
                   RunObserver& observer) {
  return Work(layout, experiments, options, observer).run();
}

int64_t retry_failed(const SweepLayout& layout, const std::vector<std::string>& reasons, double lease_s) {
  const Presence presence(layout.workers());
  int64_t freed = 0;
  const Plan plan = read_plan(layout);
  for (const Task& task : plan.tasks) {
    const auto asked = [&](const std::optional<TaskState>& state) {
      return state && !state->finished &&
             (reasons.empty() ||
              std::find(reasons.begin(), reasons.end(), state->failure.reason) != reasons.end());
    };
    if (!asked(read_state(layout.state(task.name)))) continue;
    auto claim = Claim::take(layout.claims(task.name), presence, lease_s);
    if (!claim) continue;
    if (asked(read_state(layout.state(task.name)))) {
      fs::remove(layout.state(task.name));
      ++freed;
    }
    claim->release();
  }
  return freed;
}

}  // namespace melomine::sweeps
