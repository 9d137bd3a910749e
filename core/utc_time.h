#pragma once

#include <string>

namespace melomine {

/// The present by this machine's clock, UTC, as ISO 8601 has it: "2026-11-30T04:05:06Z".
std::string now_utc();

}  // namespace melomine
