#pragma once

#include <vector>

#include "core/time_interval.h"

namespace melomine {

/// Intervals put together where they touch, in order.
std::vector<TimeInterval> union_of(std::vector<TimeInterval> intervals);

}  // namespace melomine
