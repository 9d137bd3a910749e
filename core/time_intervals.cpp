#include "core/time_intervals.h"

#include <algorithm>

namespace melomine {

std::vector<TimeInterval> union_of(std::vector<TimeInterval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const TimeInterval& a, const TimeInterval& b) { return a.start_s < b.start_s; });
  std::vector<TimeInterval> joined;
  for (const TimeInterval& interval : intervals) {
    if (joined.empty() || interval.start_s > joined.back().end_s)
      joined.push_back(interval);
    else
      joined.back().end_s = std::max(joined.back().end_s, interval.end_s);
  }
  return joined;
}

}  // namespace melomine
