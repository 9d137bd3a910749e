#include "core/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace melomine {
namespace {

TEST(Processors, CountsThoseThatTheProcessMayRunOn) {
  const int before = usable_processors();
  EXPECT_GE(before, 1);
  // A thread of its own, as the set is each thread's.
  std::thread([] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
    size_t first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
    EXPECT_EQ(usable_processors(), 1);
    EXPECT_EQ(divide_processors(1), std::vector<std::vector<int>>(1));
    EXPECT_EQ(divide_processors(2), std::vector<std::vector<int>>(2)) << "fewer processors than parts";
  }).join();
  EXPECT_EQ(usable_processors(), before);
}

}  // namespace
}  // namespace melomine
