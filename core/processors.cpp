#include "core/processors.h"

#include <sched.h>

#include <algorithm>

namespace melomine {

std::vector<std::vector<int>> divide_processors(int64_t parts) {
  std::vector<std::vector<int>> divided(static_cast<size_t>(parts));
  cpu_set_t set;
  CPU_ZERO(&set);
  if (parts == 1 || ::sched_getaffinity(0, sizeof(set), &set) != 0) return divided;
  std::vector<int> all;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<size_t>(i), &set)) all.push_back(i);
  const size_t each = all.size() / divided.size();
  for (size_t i = 0; i < all.size() && each > 0; ++i)
    divided[std::min(i / each, divided.size() - 1)].push_back(all[i]);
  return divided;
}

}  // namespace melomine
