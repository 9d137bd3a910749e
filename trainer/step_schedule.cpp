#include "trainer/step_schedule.h"

#include <algorithm>
#include <cmath>

namespace melomine::trainer {

void bind(configs::Binder& b, StepScheduleConfig& c) {
  bind_span(b, "decay_every", c.decay_every, false, "length between two decays");
  b.number("decay_factor", c.decay_factor, configs::between(0, 1), "factor of one decay");
}

configs::KindEntry step_kind() {
  return configs::kind<ScheduleKindOf<StepScheduleConfig>>("step", "multiplied by a factor again and again");
}

double rate_factor(const StepScheduleConfig& config, const ScheduleTime& time) {
  const int64_t every = std::max<int64_t>(1, config.decay_every.steps(time.steps_per_epoch));
  const int64_t decays = time.step / every;
  return std::pow(config.decay_factor, static_cast<double>(decays));
}

}  // namespace melomine::trainer
