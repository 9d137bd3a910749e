#pragma once

#include <cstdint>
#include <string>

#include "configs/binder.h"
#include "trainer/training_span.h"

namespace melomine::trainer {

/// How the learning rate moves. All types begin with a linear warm-up from 0 when `warmup` is set.
struct ScheduleConfig {
  std::string type = "constant";          ///< constant | cosine | step
  TrainingSpan warmup = steps(0);         ///< linear, up to the full rate
  double final_factor = 0.0;              ///< cosine: rate at the end / full rate
  TrainingSpan decay_every = epochs(10);  ///< step: how often
  double decay_factor = 0.5;              ///< step: rate is multiplied by this
};
void bind(configs::Binder& b, ScheduleConfig& c);

/// What the learning rate is multiplied by at a step. @param step  0-based, in [0, total_steps)
double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total_steps,
                       int64_t steps_per_epoch);

}  // namespace melomine::trainer
