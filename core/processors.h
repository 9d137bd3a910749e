#pragma once

#include <cstdint>
#include <vector>

namespace melomine {

/// How many processors this process may run on: as many as the machine has, or those that taskset, mpirun,
/// srun or a container left it. At least 1.
int usable_processors();

/// Processors that this process may run on, divided: [parts] lists of their numbers, empty ones where there
/// is one part or fewer processors than parts.
std::vector<std::vector<int>> divide_processors(int64_t parts);

}  // namespace melomine
