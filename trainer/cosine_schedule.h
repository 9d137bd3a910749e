#pragma once

#include "trainer/schedule.h"

namespace melomine::trainer {

/// Loshchilov and Hutter 2017, eq. 5, without restarts.
struct CosineScheduleConfig {
  double final_factor = 0;  ///< rate at the end / full rate
};
void bind(configs::Binder& b, CosineScheduleConfig& c);
double rate_factor(const CosineScheduleConfig& config, const ScheduleTime& time);

}  // namespace melomine::trainer
