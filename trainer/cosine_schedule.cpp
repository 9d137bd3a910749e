#include "trainer/cosine_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace melomine::trainer {

void bind(configs::Binder& b, CosineScheduleConfig& c) {
  b.number("final_factor", c.final_factor, configs::between(0, 1), "last rate / full rate");
}

configs::KindEntry cosine_kind() {
  return configs::kind<ScheduleKindOf<CosineScheduleConfig>>("cosine",
                                                             "half a cosine from the full rate to the last");
}

double rate_factor(const CosineScheduleConfig& config, const ScheduleTime& time) {
  const double progress = std::min(1.0, static_cast<double>(time.step) / static_cast<double>(time.total));
  return config.final_factor + (1 - config.final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace melomine::trainer
