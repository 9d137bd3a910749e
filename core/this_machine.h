#pragma once

#include <cstdint>
#include <string>

namespace melomine {

/// What this machine calls itself; "unknown" where it has no name.
std::string host_name();

/// Whether a process of that number is there, on this machine and among the processes that this one sees.
bool process_exists(int64_t pid);

}  // namespace melomine
