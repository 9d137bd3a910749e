#include "core/processors.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace melomine {
namespace {

/// Their numbers; none on a machine with more than CPU_SETSIZE.
std::vector<int> own_processors() {
  std::vector<int> numbers;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return numbers;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<size_t>(i), &set)) numbers.push_back(i);
  return numbers;
}

}  // namespace

int usable_processors() {
  // hardware_concurrency counts those of the machine with some versions of glibc.
  const std::vector<int> own = own_processors();
  return std::max(1, static_cast<int>(own.empty() ? std::thread::hardware_concurrency() : own.size()));
}

std::vector<std::vector<int>> divide_processors(int64_t parts) {
  std::vector<std::vector<int>> divided(static_cast<size_t>(parts));
  if (parts == 1) return divided;
  const std::vector<int> all = own_processors();
  const size_t each = all.size() / divided.size();
  for (size_t i = 0; i < all.size() && each > 0; ++i)
    divided[std::min(i / each, divided.size() - 1)].push_back(all[i]);
  return divided;
}

}  // namespace melomine
