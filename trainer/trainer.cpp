#include "trainer/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "configs/config.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/freed_memory.h"
#include "core/logging.h"
#include "trainer/checkpoint_folder.h"
#include "trainer/metrics_log.h"

namespace melomine::trainer {
namespace {

using Clock = std::chrono::steady_clock;

/// The schedule of everything periodic, in steps.
struct Periods {
  int64_t total, checkpoint, validate, log;

  Periods(const TrainConfig& config, int64_t steps_per_epoch)
      : total(std::max<int64_t>(1, config.length.steps(steps_per_epoch))),
        checkpoint(std::max<int64_t>(1, config.checkpoint_every.steps(steps_per_epoch))),
        validate(config.validate_every.steps(steps_per_epoch)),
        log(std::max<int64_t>(1, config.log_every.steps(steps_per_epoch))) {}

  bool is_due(int64_t step, int64_t period) const {
    return period > 0 && (step % period == 0 || step == total);
  }
};

class Training {
 public:
  Training(Learner& learner, const embedding::ModelConfig& model, const TrainConfig& config,
           const TrainingData& data, const std::filesystem::path& folder, RunObserver& observer)
      : learner_(learner),
        config_(config),
        data_(data),
        periods_(config, data.steps_per_epoch),
        checkpoints_(folder, configs::to_yaml(model), config.keep_checkpoints),
        progress_(checkpoints_.resume(learner)),
        observer_(observer),
        saved_step_(progress_.step) {
    if (writes())
      log_.emplace(folder / kMetricsFile, folder / kTensorBoardFolder,
                   progress_.step > 0 ? progress_.step : -1);
  }

  TrainingResult run() {
    TrainingResult result;
    observer_.on_stage_begin("train", periods_.total, "steps");
    {
      const auto make = [this](int64_t step) {
        datasets::Batch batch = data_.make_batch(step);
        learner_.begin(batch);
        return batch;
      };
      datasets::BatchPrefetcher batches(make, progress_.step, data_.prefetch, periods_.total);
      window_start_ = Clock::now();
      if (std::exchange(progress_.owes_validation, false)) {
        validate();
        save();
      }
      while (progress_.step < periods_.total && !(result.stopped_early = stalled())) {
        advance(batches);
        if (should_stop()) save_and_stop();
      }
    }
    if (saved_step_ != progress_.step || progress_.step == 0) save();
    result.progress = progress_;
    result.last = checkpoints_.last();
    result.best = progress_.best_step >= 0 ? checkpoints_.best() : checkpoints_.last();
    observer_.on_stage_end(fmt::format(
        "{} steps, loss {:.4f}{}{}", progress_.step, smooth_loss_,
        progress_.best_step < 0
            ? ""
            : fmt::format(", best validation {:.4f} at step {}", progress_.best_metric, progress_.best_step),
        result.stopped_early ? ", stopped early" : ""));
    return result;
  }

 private:
  /// Of several ranks the first writes.
  bool writes() const { return learner_.group() == nullptr || learner_.group()->is_first(); }

  /// Of several ranks all stop after the same step.
  bool should_stop() const {
    return learner_.group() == nullptr ? cancellation_requested() : stop_requested_;
  }

  bool stalled() const {
    const int64_t patience = config_.early_stopping.patience;
    return patience > 0 && progress_.failed_validations >= patience;
  }

  void advance(datasets::BatchPrefetcher& batches) {
    datasets::Batch batch = batches.next();
    const int64_t clips = batch.size;
    const int64_t next = progress_.step + 1;
    const bool logs = periods_.is_due(next, periods_.log), saves = periods_.is_due(next, periods_.checkpoint);
    const double factor =
        schedule_factor(config_.schedule, progress_.step, periods_.total, data_.steps_per_epoch);
    const StepResult result = step_or_explain(std::move(batch), factor);
    progress_.step = next;
    stop_requested_ = result.stop_requested;
    smooth_loss_ = window_steps_ == 0 ? result.loss : 0.9 * smooth_loss_ + 0.1 * result.loss;
    ++window_steps_;
    observer_.on_progress(next, fmt::format("loss {:.4f}", smooth_loss_));
    if (logs) log_step(result, factor, clips, batches.waited_s());
    if (periods_.is_due(next, periods_.validate)) validate();
    if (saves) save();
  }

  StepResult step_or_explain(datasets::Batch batch, double factor) {
    try {
      return learner_.step(std::move(batch), factor);
    } catch (const DivergenceError& e) {
      throw DivergenceError(fmt::format(
          "training diverged at step {}: {}; last good checkpoint: {}. A smaller learning_rate, a warm-up or "
          "gradient_clip_norm may help",
          progress_.step + 1, e.what(),
          saved_step_ > 0 ? fmt::format("{} (step {})", checkpoints_.last().string(), saved_step_)
                          : "none yet"));
    }
  }

  void log_step(const StepResult& result, double factor, int64_t clips, double waited_s) {
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - window_start_).count();
    const auto scalar = [&](const std::string& tag, double value) { emit(tag, value); };
    scalar("train/loss", result.loss);
    for (const auto& [name, value] : result.terms) scalar("train/" + name, value);
    scalar("train/learning_rate", config_.optimizer.learning_rate * factor);
    scalar("train/gradient_norm", result.gradient_norm);
    scalar("train/clips", static_cast<double>(clips));
    scalar("train/epoch", static_cast<double>(progress_.step) / static_cast<double>(data_.steps_per_epoch));
    if (elapsed_s > 0) {
      scalar("train/steps_per_s", static_cast<double>(window_steps_) / elapsed_s);
      scalar("train/data_wait_share", (waited_s - waited_before_s_) / elapsed_s);
    }
    waited_before_s_ = waited_s;
    window_steps_ = 0;
    window_start_ = Clock::now();
  }

  void emit(const std::string& tag, double value) {
    if (log_) log_->on_scalar(tag, progress_.step, value);
    observer_.on_scalar(tag, progress_.step, value);
  }

  /// Of several ranks the first validates, for all.
  double validated() {
    distributed::ProcessGroup* group = learner_.group();
    if (group == nullptr) return data_.validate();
    double metric = 0;
    group->first_alone([&] { metric = data_.validate(); });
    return group->of_first(metric);
  }

  /// Where it is broken off, the training continues with it.
  double validated_or_owed() {
    try {
      return validated();
    } catch (const Cancelled&) {
      progress_.owes_validation = true;
      save_and_stop();
    }
  }

  void validate() {
    if (!data_.validate) return;
    const double metric = validated_or_owed();
    emit("validation/mrr", metric);
    const std::optional<double> judged = judge(metric);
    log_info("step {}: validation MRR {:.4f}{}", progress_.step, metric,
             judged && progress_.recent.size() > 1
                 ? fmt::format(", {:.4f} in the mean of {}", *judged, progress_.recent.size())
                 : "");
    if (judged) compare_with_best(*judged);
    window_start_ = Clock::now();
  }

  /// The mean of the newest validations. Fewer than the window's judge nothing, unless the training ends with
  /// them: a first lucky one would stay the best for ever.
  std::optional<double> judge(double metric) {
    auto& recent = progress_.recent;
    recent.push_back(metric);
    const auto window = static_cast<size_t>(config_.validation_window);
    if (recent.size() > window) recent.erase(recent.begin());
    if (recent.size() < window && progress_.step < periods_.total) return std::nullopt;
    return std::accumulate(recent.begin(), recent.end(), 0.0) / static_cast<double>(recent.size());
  }

  void compare_with_best(double metric) {
    if (metric > progress_.best_metric + (progress_.best_step < 0 ? 0 : config_.early_stopping.min_delta)) {
      progress_.best_metric = metric;
      progress_.best_step = progress_.step;
      progress_.failed_validations = 0;
      if (writes()) checkpoints_.save_best(learner_, progress_);
    } else {
      ++progress_.failed_validations;
    }
  }

  void save() {
    if (writes()) checkpoints_.save(learner_, progress_);
    saved_step_ = progress_.step;
  }

  [[noreturn]] void save_and_stop() {
    if (saved_step_ != progress_.step) save();
    throw Cancelled(fmt::format("interrupted at step {}; saved to {}; run the same command again to continue",
                                progress_.step, checkpoints_.last().string()));
  }

  Learner& learner_;
  const TrainConfig& config_;
  const TrainingData& data_;
  Periods periods_;
  CheckpointFolder checkpoints_;
  TrainingProgress progress_;
  std::optional<MetricsLog> log_;  ///< none: another rank writes
  RunObserver& observer_;
  int64_t saved_step_;
  bool stop_requested_ = false;
  int64_t window_steps_ = 0;
  double smooth_loss_ = 0, waited_before_s_ = 0;
  Clock::time_point window_start_;
};

}  // namespace

TrainingResult train(Learner& learner, const embedding::ModelConfig& model, const TrainConfig& config,
                     const TrainingData& data, const std::filesystem::path& folder, RunObserver& observer) {
  keep_freed_memory();
  return Training(learner, model, config, data, folder, observer).run();
}

}  // namespace melomine::trainer
