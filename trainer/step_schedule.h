#pragma once

#include "trainer/schedule.h"

namespace melomine::trainer {

/// Decays in steps.
struct StepScheduleConfig {
  TrainingSpan decay_every = epochs(10);
  double decay_factor = 0.5;  ///< the rate is multiplied by this, each time
};
void bind(configs::Binder& b, StepScheduleConfig& c);
double rate_factor(const StepScheduleConfig& config, const ScheduleTime& time);

}  // namespace melomine::trainer
