#include "core/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

int64_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(LogFile, TakesWhatIsLoggedWhileItLivesAndNothingOfTheNextOne) {
  const testing::TempFolder folder;
  {
    const LogFile first(folder / "first.log");
    log_info("of the {} run", "first");
  }
  log_info("between them");
  {
    const LogFile second(folder / "second.log");
    log_warning("of the second run");
  }
  EXPECT_THAT(read_file(folder / "first.log"), HasSubstr(" info of the first run\n"));
  EXPECT_EQ(lines_of(read_file(folder / "first.log")), 1);
  EXPECT_THAT(read_file(folder / "second.log"), HasSubstr(" warning of the second run\n"));
  EXPECT_EQ(lines_of(read_file(folder / "second.log")), 1);
}

TEST(LogFile, IsAppendedToAndTwoOfOneFileWriteALineOnce) {
  const testing::TempFolder folder;
  {
    const LogFile run(folder / "run.log");
    {
      const LogFile again(folder / "sub/../run.log");
      log_info("of both");
    }
    log_info("of the one that is left");
  }
  {
    const LogFile later(folder / "run.log");
    log_info("of a later run");
  }
  const std::string text = read_file(folder / "run.log");
  EXPECT_THAT(text,
              AllOf(HasSubstr("of both"), HasSubstr("of the one that is left"), HasSubstr("of a later run")));
  EXPECT_EQ(lines_of(text), 3);
}

TEST(LogFile, LeavesOutWhatIsLessThanTheLevel) {
  const testing::TempFolder folder;
  {
    const LogFile run(folder / "run.log");
    set_up_logging(LogLevel::kWarning);
    EXPECT_FALSE(is_logged(LogLevel::kInfo));
    log_info("little");
    log_warning("much");
    set_up_logging(LogLevel::kInfo);
    EXPECT_TRUE(is_logged(LogLevel::kInfo));
  }
  EXPECT_THAT(read_file(folder / "run.log"), AllOf(HasSubstr("much"), Not(HasSubstr("little"))));
}

TEST(LogFile, ComesAndGoesWhileOtherThreadsLog) {
  constexpr int kRuns = 50, kLines = 1000;
  const testing::TempFolder folder;
  const auto file = [&](int run) { return folder / ("run" + std::to_string(run) + ".log"); };
  ::testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([] {
      for (int line = 0; line < kLines; ++line) log_info("of a thread");
    });
  for (int run = 0; run < kRuns; ++run) {
    const LogFile log(file(run));
    log_warning("of run {}", run);
  }
  for (std::thread& thread : threads) thread.join();
  const std::string console = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_of(console), 3 * kLines + kRuns);
  for (int run = 0; run < kRuns; ++run) {
    const std::string text = read_file(file(run));
    const size_t own = text.find("of run ");
    EXPECT_EQ(own, text.find("of run " + std::to_string(run) + "\n"));
    EXPECT_NE(own, std::string::npos);
    EXPECT_EQ(own, text.rfind("of run "));
  }
}

TEST(LogFile, ThatCannotBeOpenedIsADataErrorThatNamesIt) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "file", "x");
  try {
    const LogFile log(folder / "file/run.log");
    FAIL();
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("file/run.log"), HasSubstr("cannot be logged to")));
  }
}

}  // namespace
}  // namespace melomine
