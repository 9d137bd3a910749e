#include "configs/range.h"

#include <fmt/format.h>

#include <cmath>

#include "core/text.h"

namespace melomine::configs {

bool holds(const Range& range, double value) {
  const bool above_min = range.open_min ? value > range.min : value >= range.min;
  const bool below_max = range.open_max ? value < range.max : value <= range.max;
  return above_min && below_max && std::isfinite(value);
}

std::string describe(const Range& range) {
  const bool has_min = std::isfinite(range.min), has_max = std::isfinite(range.max);
  if (has_min && has_max)
    return fmt::format("must be in {}{}, {}{}", range.open_min ? "(" : "[", format_number(range.min),
                       format_number(range.max), range.open_max ? ")" : "]");
  if (has_min) return fmt::format("must be {} {}", range.open_min ? ">" : ">=", format_number(range.min));
  if (has_max) return fmt::format("must be {} {}", range.open_max ? "<" : "<=", format_number(range.max));
  return "must be a finite number";
}

}  // namespace melomine::configs
