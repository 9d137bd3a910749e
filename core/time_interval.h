#pragma once

namespace melomine {

/// Far below a sample, above the rounding of sums of seconds.
inline constexpr double kTimeSlack_s = 1e-6;

/// Half-open interval [start_s, end_s) of a recording, in seconds from its first sample.
struct TimeInterval {
  double start_s = 0;
  double end_s = 0;

  double duration_s() const { return end_s - start_s; }
  double center_s() const { return 0.5 * (start_s + end_s); }
  bool contains(double t_s) const { return start_s <= t_s && t_s < end_s; }
  friend bool operator==(const TimeInterval&, const TimeInterval&) = default;
};

}  // namespace melomine
