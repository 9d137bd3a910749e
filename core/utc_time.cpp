#include "core/utc_time.h"

#include <fmt/chrono.h>

#include <ctime>

namespace melomine {

std::string now_utc() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace melomine
