#include <algorithm>

#include "configs/older.h"
#include "trainer/schedule.h"

namespace melomine::trainer {

const configs::Catalogue& ScheduleKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(constant),
      MELOMINE_KIND(cosine),
      MELOMINE_KIND(step),
  };
  // clang-format on
  static const configs::Catalogue catalogue("schedule", kinds);
  return catalogue;
}

void bind(configs::Binder& b, ScheduleConfig& c) {
  configs::once_of_every_type(b, {"final_factor", "decay_every", "decay_factor"});
  b.variant(c.shape);
  bind_span(b, "warmup", c.warmup, true, "linear rise from 0 to the full rate, e.g. 500s or 1e; 0s: none");
}

double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total_steps,
                       int64_t steps_per_epoch) {
  const int64_t warmup = config.warmup.steps(steps_per_epoch);
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  return config.shape->factor({step - warmup, std::max<int64_t>(1, total_steps - warmup), steps_per_epoch});
}

}  // namespace melomine::trainer
