#include "core/folder_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "tests/support/temp_folder.h"

namespace {

/// Whether this process meets a file system without locks, as some network and FUSE mounts are.
bool without_locks = false;

}  // namespace

/// Stands before the C library's.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (!without_locks) return static_cast<int>(syscall(SYS_flock, descriptor, operation));
  errno = EOPNOTSUPP;
  return -1;
}

namespace melomine {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using Sharing = FolderLock::Sharing;

/// Another process that holds a lock until it is told to leave, or is killed.
class Holder {
 public:
  Holder(const std::filesystem::path& folder, Sharing sharing, const std::string& name = ".lock") {
    std::array<int, 2> ready{}, leave{};
    if (pipe(ready.data()) != 0 || pipe(leave.data()) != 0) throw std::runtime_error("cannot make pipes");
    pid_ = fork();
    if (pid_ == 0) {
      close(leave[1]);
      {
        const FolderLock lock(folder, sharing, name);
        char word = 'r';
        if (write(ready[1], &word, 1) != 1 || read(leave[0], &word, 1) < 0) _exit(1);
      }
      _exit(0);
    }
    close(ready[1]);
    close(leave[0]);
    leave_ = leave[1];
    char word = 0;
    if (read(ready[0], &word, 1) != 1) throw std::runtime_error("the other process did not get its lock");
    close(ready[0]);
  }
  ~Holder() { leave(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  pid_t pid() const { return pid_; }
  void leave() {
    if (pid_ <= 0) return;
    static_cast<void>(write(leave_, "x", 1) == 1);  // a later holder keeps the pipe open as well
    wait_for_it();
  }
  void die() {
    kill(pid_, SIGKILL);
    wait_for_it();
  }

 private:
  void wait_for_it() {
    close(leave_);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid_ = 0;
  int leave_ = -1;
};

std::string refusal(const std::filesystem::path& folder, Sharing sharing = Sharing::kAlone) {
  try {
    const FolderLock lock(folder, sharing);
  } catch (const DataError& e) {
    return e.what();
  }
  return {};
}

TEST(FolderLock, TheOtherProcessIsNamedWithPidHostTimeAndCommand) {
  const testing::TempFolder folder;
  const Holder other(folder.path(), Sharing::kAlone);
  const std::string message = refusal(folder.path());
  EXPECT_THAT(message, HasSubstr("another process is working in this folder: pid " +
                                 std::to_string(other.pid()) + " on "));
  EXPECT_THAT(message, MatchesRegex(".* since 20[0-9-]+T[0-9:]+Z: .*core_test.*; wait for it, or end it"));
}

TEST(FolderLock, IsFreeAgainWhenItsHolderLeavesOrIsKilled) {
  const testing::TempFolder folder;
  Holder first(folder.path(), Sharing::kAlone);
  first.leave();
  EXPECT_EQ(refusal(folder.path()), "");
  Holder second(folder.path(), Sharing::kAlone);
  second.die();
  EXPECT_EQ(refusal(folder.path()), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderLock, SharersWorkSideBySideAndKeepOutWhoWantsItAlone) {
  const testing::TempFolder folder;
  Holder first(folder.path(), Sharing::kShared);
  const Holder second(folder.path(), Sharing::kShared);
  EXPECT_EQ(refusal(folder.path(), Sharing::kShared), "");
  const pid_t gone = first.pid();
  first.leave();
  // The one that is still there is named, not the one that has left.
  const std::string message = refusal(folder.path());
  EXPECT_THAT(message, HasSubstr("pid " + std::to_string(second.pid()) + " on"));
  EXPECT_THAT(message, Not(HasSubstr("pid " + std::to_string(gone) + " on")));
}

TEST(FolderLock, WhoHoldsItAloneKeepsOutSharers) {
  const testing::TempFolder folder;
  const Holder other(folder.path(), Sharing::kAlone);
  EXPECT_THAT(refusal(folder.path(), Sharing::kShared), HasSubstr("another process is working"));
}

TEST(FolderLock, LocksOfOtherNamesDoNotMeet) {
  const testing::TempFolder folder;
  const Holder other(folder.path(), Sharing::kAlone, ".worker-0-of-2.lock");
  EXPECT_EQ(refusal(folder.path()), "");
}

TEST(FolderLock, AFolderThatIsNotThereIsAnError) {
  const testing::TempFolder folder;
  EXPECT_THAT(refusal(folder / "nowhere"), HasSubstr("cannot be worked in: No such file or directory"));
}

TEST(FolderLock, WhereThereAreNoLocksItIsSaidOnce) {
  const testing::TempFolder folder;
  set_up_logging(LogLevel::kWarning);
  without_locks = true;
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(refusal(folder.path()), "");
  const std::string log = ::testing::internal::GetCapturedStderr();
  without_locks = false;
  const std::string warning =
      folder.path().string() + ": cannot be locked here; let no second process work in it";
  ASSERT_THAT(log, HasSubstr(warning));
  EXPECT_EQ(log.find(warning, log.find(warning) + 1), std::string::npos) << log;
}

}  // namespace
}  // namespace melomine
