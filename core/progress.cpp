#include "core/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/progress_line.h"

namespace melomine {

ConsoleObserver::ConsoleObserver() : terminal_(isatty(STDERR_FILENO) != 0) {}

void ConsoleObserver::on_stage_begin(std::string_view stage, int64_t total, std::string_view unit) {
  stage_ = stage;
  unit_ = unit;
  total_ = total;
  done_ = 0;
  first_done_ = -1;
  start_ = last_drawn_ = Clock::now();
}

void ConsoleObserver::on_progress(int64_t done, std::string_view detail) {
  // A resumed stage starts in the middle: its rate counts only what this process has done.
  if (first_done_ < 0) first_done_ = std::max<int64_t>(0, done - 1);
  done_ = done;
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (Clock::now() - last_drawn_ < pause) return;
  last_drawn_ = Clock::now();
  draw(detail);
}

void ConsoleObserver::draw(std::string_view detail) {
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string line = progress_line({.stage = stage_,
                                    .unit = unit_,
                                    .total = total_,
                                    .done_before = std::max<int64_t>(0, first_done_),
                                    .done = done_,
                                    .elapsed_s = elapsed_s});
  if (!detail.empty()) line += fmt::format("  {}", detail);
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  constexpr int kWidth = 24;
  std::string bar;
  if (total_ > 0) {
    const int full = static_cast<int>(kWidth * std::min(done_, total_) / total_);
    bar = "[" + std::string(static_cast<size_t>(full), '#') +
          std::string(static_cast<size_t>(kWidth - full), '.') + "] ";
  }
  std::fprintf(stderr, "\r\033[K%s%s", bar.c_str(), line.c_str());
}

void ConsoleObserver::on_stage_end(std::string_view summary) {
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::string words = summary.empty() ? "" : fmt::format(" {}", summary);
  std::fprintf(stderr, "%s%s:%s (%s)\n", terminal_ ? "\r\033[K" : "", stage_.c_str(), words.c_str(),
               format_duration(elapsed_s).c_str());
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

}  // namespace melomine
