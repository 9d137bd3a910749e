#include "datasets/prefetch.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/error.h"

namespace melomine::datasets {

void bind(configs::Binder& b, PrefetchConfig& c) {
  b.integer("depth", c.depth, configs::between(1, 1024), "batches made ahead");
  b.integer("workers", c.workers, configs::between(0, 1024), "threads that make them; 0 = all cores");
}

namespace {

int worker_count(const PrefetchConfig& config) {
  if (config.depth < 1)
    throw ConfigError("[prefetch] depth must be >= 1, got " + std::to_string(config.depth));
  if (config.workers < 0)
    throw ConfigError("[prefetch] workers must be >= 0, got " + std::to_string(config.workers));
  return config.workers > 0 ? static_cast<int>(config.workers) : tbb::this_task_arena::max_concurrency();
}

}  // namespace

struct BatchPrefetcher::State {
  struct Slot {
    Batch batch;
    std::exception_ptr error;
  };

  State(std::function<Batch(int64_t)> make_batch, int64_t first_step, const PrefetchConfig& config,
        int64_t end)
      : make(std::move(make_batch)),
        next_step(first_step),
        next_enqueued(first_step),
        end_step(end),
        depth(config.depth),
        // No place is kept for the caller: it makes no batches.
        arena(worker_count(config), 0) {
    // TBB has one thread less than cores, counting on the caller. Only ever raised: a control is a limit,
    // too.
    const auto needed = static_cast<size_t>(worker_count(config)) + 1;
    using Control = tbb::global_control;
    if (Control::active_value(Control::max_allowed_parallelism) < needed)
      more_threads.emplace(Control::max_allowed_parallelism, needed);
  }

  /// Keeps `depth` batches under way. Call with the mutex held.
  void enqueue() {
    while (!stopping && next_enqueued < next_step + depth && (end_step < 0 || next_enqueued < end_step)) {
      ++running;
      arena.enqueue([this, step = next_enqueued] { work(step); });
      ++next_enqueued;
    }
  }

  void work(int64_t step) {
    Slot slot;
    bool wanted;
    {
      const std::lock_guard lock(mutex);
      wanted = !stopping;
    }
    if (wanted) {
      try {
        slot.batch = make(step);
      } catch (...) {
        slot.error = std::current_exception();
      }
    }
    // Notified under the mutex: the waiting destructor may free this object as soon as it is released.
    const std::lock_guard lock(mutex);
    if (wanted) made.emplace(step, std::move(slot));
    --running;
    changed.notify_all();
  }

  const std::function<Batch(int64_t)> make;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<int64_t, Slot> made;
  int64_t next_step, next_enqueued;
  const int64_t end_step, depth;
  int64_t running = 0;
  bool stopping = false;
  double waited_s = 0;
  std::optional<tbb::global_control> more_threads;
  tbb::task_arena arena;
};

BatchPrefetcher::BatchPrefetcher(std::function<Batch(int64_t step)> make, int64_t first_step,
                                 const PrefetchConfig& config, int64_t end_step)
    : state_(std::make_unique<State>(std::move(make), first_step, config, end_step)) {
  const std::lock_guard lock(state_->mutex);
  state_->enqueue();
}

BatchPrefetcher::~BatchPrefetcher() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.wait(lock, [&] { return state_->running == 0; });
}

Batch BatchPrefetcher::next() {
  using Clock = std::chrono::steady_clock;
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  if (s.end_step >= 0 && s.next_step >= s.end_step)
    throw ConfigError("[prefetch] no batch from step " + std::to_string(s.end_step) + " on");
  const auto began = Clock::now();
  s.changed.wait(lock, [&] { return s.made.contains(s.next_step); });
  s.waited_s += std::chrono::duration<double>(Clock::now() - began).count();
  auto& slot = s.made.at(s.next_step);
  if (slot.error) {
    // Nothing after a failed batch will be asked for.
    s.stopping = true;
    std::rethrow_exception(slot.error);
  }
  Batch batch = std::move(slot.batch);
  s.made.erase(s.next_step);
  ++s.next_step;
  s.enqueue();
  return batch;
}

int64_t BatchPrefetcher::next_step() const {
  const std::lock_guard lock(state_->mutex);
  return state_->next_step;
}

double BatchPrefetcher::waited_s() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waited_s;
}

}  // namespace melomine::datasets
