#pragma once

#include <cstdint>
#include <vector>

namespace melomine {

/// Processors that this process may run on, divided: [parts] lists of their numbers, empty ones where there
/// is one part or fewer processors than parts.
std::vector<std::vector<int>> divide_processors(int64_t parts);

}  // namespace melomine
