#pragma once

#include <cstdint>

#include "configs/choice.h"
#include "trainer/training_span.h"

namespace melomine::trainer {

/// A step of a training and how long that is, both from the end of the warm-up on.
struct ScheduleTime {
  int64_t step = 0;   ///< 0-based, in [0, total)
  int64_t total = 1;  ///< steps
  int64_t steps_per_epoch = 1;
};

/// How the learning rate moves after the warm-up.
class ScheduleKind : public configs::Kind {
 public:
  /// trainer/schedule_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// What the learning rate is multiplied by.
  virtual double factor(const ScheduleTime& time) const = 0;
};

/// A kind of schedule, which is a function `rate_factor` of its config and the time.
template <class Config>
class ScheduleKindOf : public configs::KindOf<ScheduleKindOf<Config>, ScheduleKind, Config> {
 public:
  double factor(const ScheduleTime& time) const override { return rate_factor(this->config, time); }
};

struct ScheduleConfig {
  configs::Choice<ScheduleKind> shape{"constant"};
  TrainingSpan warmup = steps(0);  ///< linear, from 0 up to the full rate
};
void bind(configs::Binder& b, ScheduleConfig& c);

/// What the learning rate is multiplied by at a step. @param step  0-based, in [0, total_steps)
double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total_steps,
                       int64_t steps_per_epoch);

}  // namespace melomine::trainer
