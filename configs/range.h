#pragma once

#include <limits>
#include <string>

namespace melomine::configs {

/// What a number may be. Built by the functions below.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool open_min = false;  ///< min itself is not allowed
  bool open_max = false;  ///< max itself is not allowed
};
inline Range any_number() {
  return {};
}
inline Range above(double min) {
  return {min, std::numeric_limits<double>::infinity(), true, false};
}
inline Range at_least(double min) {
  return {min, std::numeric_limits<double>::infinity(), false, false};
}
inline Range between(double min, double max) {
  return {min, max, false, false};
}

/// Whether a number is finite and inside.
bool holds(const Range& range, double value);

/// "must be > 0", "must be in [0, 1)", "must be a finite number".
std::string describe(const Range& range);

}  // namespace melomine::configs
