#include "core/cancellation.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

// Each in a process of its own: handlers belong to a whole process.
class CancellationDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// Ends the process with 0 when it is true.
void leave_with(bool good) {
  std::_Exit(good ? 0 : 1);
}

TEST_F(CancellationDeathTest, TheFirstSignalOnlyRaisesTheFlagAndSaysWhoAsked) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    const auto expected = signal == SIGINT ? StopRequest::kInterrupted : StopRequest::kPreempted;
    EXPECT_EXIT(
        {
          install_cancellation_handler();
          const bool before = cancellation_requested();
          std::raise(signal);
          bool thrown = false;
          try {
            throw_if_cancelled();
          } catch (const Cancelled&) {
            thrown = true;
          }
          leave_with(!before && stop_request() == expected && thrown);
        },
        ::testing::ExitedWithCode(0), "");
  }
}

TEST_F(CancellationDeathTest, SignalsOfABatchSystemMayRepeatAndTheFirstCounts) {
  EXPECT_EXIT(
      {
        install_cancellation_handler();
        for (const int signal : {SIGUSR1, SIGTERM, SIGTERM, SIGUSR1}) std::raise(signal);
        leave_with(stop_request() == StopRequest::kPreempted);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        install_cancellation_handler();
        for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::raise(signal);
        leave_with(stop_request() == StopRequest::kInterrupted);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(CancellationDeathTest, CtrlCAfterAnySignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        install_cancellation_handler();
        std::raise(SIGTERM);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST_F(CancellationDeathTest, AWriteBeyondTheLimitOfAFilesSizeFails) {
  EXPECT_EXIT(
      {
        install_cancellation_handler();
        const testing::TempFolder folder;
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 10;
        std::FILE* file = std::fopen((folder / "f").c_str(), "w");
        const bool limited = setrlimit(RLIMIT_FSIZE, &limit) == 0;
        std::fputs("more than ten bytes", file);
        leave_with(limited && std::fflush(file) != 0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace melomine
