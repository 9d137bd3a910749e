#include "core/line_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::HasSubstr;

TEST(LineLog, ATornLastLineIsCutOrEnded) {
  const testing::TempFolder folder;
  const auto path = folder / "log";
  const std::string torn(5000, 'x');  // longer than what is looked at in one go
  for (const std::string& before : {std::string(), std::string("one\n"), "one\n" + torn + "\n"}) {
    write_file_atomically(path, before + torn);
    LineLog(path, LineLog::Torn::kCut).append("two\n");
    EXPECT_EQ(read_file(path), before + "two\n");
    write_file_atomically(path, before + torn);
    LineLog(path, LineLog::Torn::kEnded).append("two\n");
    EXPECT_EQ(read_file(path), before + torn + "\ntwo\n");
    LineLog(path, LineLog::Torn::kEnded).append("three\n");
    EXPECT_EQ(read_file(path), before + torn + "\ntwo\nthree\n");
  }
}

TEST(LineLog, LinesOfSeveralThreadsAndOpeningsStayWhole) {
  const testing::TempFolder folder;
  const auto path = folder / "log";
  constexpr int kThreads = 4, kLines = 200;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  LineLog shared(path, LineLog::Torn::kEnded);
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      LineLog own(path, LineLog::Torn::kEnded);
      for (int i = 0; i < kLines; ++i)
        (t % 2 == 0 ? shared : own)
            .append(std::string(static_cast<size_t>(1 + 40 * i), char('a' + t)) + "\n");
    });
  for (auto& thread : threads) thread.join();
  shared.sync();
  std::istringstream lines(read_file(path));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_EQ(line, std::string(line.size(), line.at(0)));
  EXPECT_EQ(count, kThreads * kLines);
}

/// The disk seems to be full behind so many bytes of a file.
class FullBehind {
 public:
  explicit FullBehind(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullBehind() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullBehind(const FullBehind&) = delete;
  FullBehind& operator=(const FullBehind&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(LineLog, OfALineThatDoesNotFitNothingIsLeft) {
  const testing::TempFolder folder;
  const auto path = folder / "log";
  LineLog log(path, LineLog::Torn::kEnded);
  log.append("one\n");
  {
    const FullBehind full(10);
    try {
      log.append("a line that is longer\n");
      FAIL();
    } catch (const DataError& e) {
      EXPECT_THAT(e.what(), HasSubstr("log: cannot be written: No space left on device"));
    }
  }
  EXPECT_EQ(read_file(path), "one\n");
  log.append("two\n");
  EXPECT_EQ(read_file(path), "one\ntwo\n");
}

TEST(LineLog, AFolderThatIsNotThereIsTold) {
  const testing::TempFolder folder;
  EXPECT_THROW(LineLog(folder / "no/log", LineLog::Torn::kCut), DataError);
}

}  // namespace
}  // namespace melomine
