#pragma once

#include "core/time_interval.h"

namespace melomine {

/// The straight line that takes one stretch of time to another; it goes on beyond both. Neither may be empty
/// where it is asked from that side. Units: seconds.
struct LinearMap {
  TimeInterval from, to;

  double to_s(double t_s) const { return line(t_s, from, to); }
  double from_s(double t_s) const { return line(t_s, to, from); }

 private:
  static double line(double t_s, const TimeInterval& a, const TimeInterval& b) {
    return b.start_s + (t_s - a.start_s) * b.duration_s() / a.duration_s();
  }
};

}  // namespace melomine
