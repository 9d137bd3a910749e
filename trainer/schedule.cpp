#include "trainer/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace melomine::trainer {

void bind(configs::Binder& b, ScheduleConfig& c) {
  b.choice("type", c.type, {"constant", "cosine", "step"}, "shape of the learning rate after the warm-up");
  bind_span(b, "warmup", c.warmup, true, "linear rise from 0 to the full rate, e.g. 500s or 1e; 0s: none");
  b.number("final_factor", c.final_factor, configs::between(0, 1), "cosine: last rate / full rate");
  bind_span(b, "decay_every", c.decay_every, false, "step: length between two decays");
  b.number("decay_factor", c.decay_factor, configs::between(0, 1), "step: factor of one decay");
}

double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total_steps,
                       int64_t steps_per_epoch) {
  const int64_t warmup = config.warmup.steps(steps_per_epoch);
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (config.type == "cosine") {
    const double span = static_cast<double>(std::max<int64_t>(1, total_steps - warmup));
    const double progress = std::min(1.0, static_cast<double>(step - warmup) / span);
    return config.final_factor +
           (1 - config.final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
  if (config.type == "step") {
    const int64_t every = std::max<int64_t>(1, config.decay_every.steps(steps_per_epoch));
    return std::pow(config.decay_factor, static_cast<double>((step - warmup) / every));
  }
  return 1.0;
}

}  // namespace melomine::trainer
