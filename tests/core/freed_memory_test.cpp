#include "core/freed_memory.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tests/support/run_command.h"

namespace melomine {
namespace {

// The sanitizers have an allocator of their own.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Pages that the kernel, kept from making them larger ones, hands out while 64 MiB are made in blocks and
/// freed, twenty times.
int64_t pages_handed_out() {
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<char>> blocks;
    blocks.reserve(8);
    for (int i = 0; i < 8; ++i) blocks.emplace_back(8 << 20, static_cast<char>(round));
  }
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(FreedMemory, IsUsedAgainAndNotAskedOfTheKernelAgain) {
  for (const char* name : {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"})
    unsetenv(name);
  const auto run = testing::run_child([] {
    keep_freed_memory();
    return pages_handed_out() < 40'000 ? 0 : 1;  // once are 16,384
  });
  EXPECT_EQ(run.status, 0);
}

TEST(FreedMemory, WhatTheUserSaysStays) {
  setenv("MALLOC_TRIM_THRESHOLD_", "131072", 1);
  const auto run = testing::run_child([] {
    keep_freed_memory();
    return pages_handed_out() > 200'000 ? 0 : 1;
  });
  unsetenv("MALLOC_TRIM_THRESHOLD_");
  EXPECT_EQ(run.status, 0);
}
#endif

}  // namespace
}  // namespace melomine
