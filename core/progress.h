#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace melomine {

/// What a stage tells about itself while it works. Libraries never print; they report here. Calls come from
/// one thread at a time. Every method has an empty default, so an observer overrides what it cares for.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// @param total  number of items the stage will process, 0 when unknown
  /// @param unit   what an item is: "recordings", "steps"
  virtual void on_stage_begin(std::string_view stage, int64_t total, std::string_view unit) {}
  /// @param done    items finished so far, of on_stage_begin's total
  /// @param detail  a few words on the present state ("loss 1.23"), may be empty
  virtual void on_progress(int64_t done, std::string_view detail) {}
  virtual void on_stage_end(std::string_view summary) {}
  /// A named number at a training step: tag such as "train/loss".
  virtual void on_scalar(std::string_view tag, int64_t step, double value) {}
};

/// One bar with rate and ETA on standard error when that is a terminal; elsewhere a plain line at most every
/// ten seconds, and one at the end of each stage.
class ConsoleObserver : public RunObserver {
 public:
  ConsoleObserver();
  void on_stage_begin(std::string_view stage, int64_t total, std::string_view unit) override;
  void on_progress(int64_t done, std::string_view detail) override;
  void on_stage_end(std::string_view summary) override;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::string_view detail);

  bool terminal_;
  std::string stage_, unit_;
  int64_t total_ = 0, done_ = 0, first_done_ = -1;
  Clock::time_point start_, last_drawn_;
};

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string format_duration(double seconds);

}  // namespace melomine
