#include "cli/clock_text.h"

#include <fmt/format.h>

#include <cstdint>

namespace melomine::cli {

std::string clock_text(double seconds) {
  const auto tenths = static_cast<int64_t>(seconds * 10);
  const int64_t hours = tenths / 36000, minutes = tenths / 600 % 60;
  const std::string rest = fmt::format("{:02}.{}", tenths / 10 % 60, tenths % 10);
  return hours > 0 ? fmt::format("{}:{:02}:{}", hours, minutes, rest) : fmt::format("{}:{}", minutes, rest);
}

}  // namespace melomine::cli
