#include "core/this_machine.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace melomine {
namespace {

TEST(ThisMachine, KnowsWhichProcessesAreThere) {
  EXPECT_TRUE(process_exists(::getpid()));
  EXPECT_TRUE(process_exists(1)) << "another user's, perhaps";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(process_exists(child));
  for (const int64_t none : {int64_t{0}, int64_t{-1}, int64_t{1} << 32, (int64_t{1} << 32) + ::getpid()})
    EXPECT_FALSE(process_exists(none)) << none;
}

TEST(ThisMachine, HasAName) {
  EXPECT_FALSE(host_name().empty());
}

}  // namespace
}  // namespace melomine
