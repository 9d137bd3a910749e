#include "sweeps/claim.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "core/atomic_file.h"
#include "tests/support/temp_folder.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;
constexpr double kLong_s = 600;

void make_older(const fs::path& file, double seconds) {
  const auto age =
      std::chrono::duration_cast<fs::file_time_type::duration>(std::chrono::duration<double>(seconds));
  fs::last_write_time(file, fs::last_write_time(file) - age);
}

/// Another machine's claim, for tests of what cannot be known of it.
void write_foreign(const fs::path& file, double lease_s) {
  write_file_atomically(
      file, "{\"worker\":\"other-1\",\"machine\":\"other\",\"pid\":1,\"started\":\"1\",\"lease_s\":" +
                std::to_string(lease_s) + ",\"since\":\"\",\"released\":false}");
}

class SweepClaims : public ::testing::Test {
 protected:
  melomine::testing::TempFolder folder_;
  const fs::path task_ = folder_ / "claims/task";
  const Presence presence_{folder_ / "workers"};
};

TEST_F(SweepClaims, WhatAKilledProcessLeftHalfMadeIsRemoved) {
  make_folder(task_);
  write_foreign(task_ / ".other-1.tmp", kLong_s);
  const pid_t child = fork();
  if (child == 0) {  // dies between writing its claim and making it
    const auto claim = Claim::take(task_, presence_, kLong_s);
    fs::copy_file(task_ / "0001", task_ / ".here-1.tmp");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  write_file_atomically(task_ / ".torn", "{");
  fs::rename(task_ / ".torn", task_ / ".torn.tmp");
  // This process is HOST-PID: the child was of the same host.
  const std::string own = presence_.name();
  const std::string host = own.substr(0, own.rfind('-' + std::to_string(getpid())));
  const fs::path empty = task_ / ("." + host + "-" + std::to_string(child) + ".tmp"),
                 of_a_second_worker = task_ / ("." + host + "-" + std::to_string(child) + "-2.tmp"),
                 alive = task_ / ("." + own + ".tmp");
  for (const fs::path& file : {empty, of_a_second_worker, alive}) std::ofstream(file) << "";
  remove_left_over(task_);
  EXPECT_FALSE(fs::exists(task_ / ".here-1.tmp"));
  EXPECT_TRUE(fs::exists(task_ / ".other-1.tmp")) << "of a machine that nothing is known of";
  EXPECT_TRUE(fs::exists(task_ / ".torn.tmp")) << "nothing says whose it is";
  EXPECT_FALSE(fs::exists(empty)) << "killed before it wrote anything";
  EXPECT_FALSE(fs::exists(of_a_second_worker));
  EXPECT_TRUE(fs::exists(alive)) << "its process is about to write it";
  EXPECT_TRUE(fs::exists(task_ / "0001")) << "claims stay";
}

TEST_F(SweepClaims, OneHasATaskUntilItIsReleased) {
  auto first = Claim::take(task_, presence_, kLong_s);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->number(), 1);
  EXPECT_FALSE(Claim::take(task_, presence_, kLong_s));
  EXPECT_TRUE(first->renew());
  first->release();
  const auto second = Claim::take(task_, presence_, kLong_s);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->number(), 2);
  EXPECT_EQ(last_claim(task_)->worker, presence_.name());
}

TEST_F(SweepClaims, AnotherMachinesClaimHoldsForItsLeaseAndIsThenTakenOver) {
  write_foreign(task_ / "0001", 100);
  EXPECT_FALSE(Claim::take(task_, presence_, kLong_s));
  make_older(task_ / "0001", 90);
  EXPECT_FALSE(Claim::take(task_, presence_, kLong_s));
  make_older(task_ / "0001", 20);
  EXPECT_TRUE(Claim::take(task_, presence_, kLong_s));
}

TEST_F(SweepClaims, WhoeverLostATaskIsToldAndSpoilsNothing) {
  auto slow = Claim::take(task_, presence_, 10);
  ASSERT_TRUE(slow);
  make_older(task_ / "0001", 20);
  const auto quick = Claim::take(task_, presence_, 10);
  ASSERT_TRUE(quick);
  EXPECT_FALSE(slow->renew());
  slow->release();
  EXPECT_TRUE(quick->renew());
  EXPECT_FALSE(Claim::take(task_, presence_, 10));
}

TEST_F(SweepClaims, AKilledProcessOfThisMachineHoldsNothing) {
  const pid_t child = fork();
  if (child == 0) {
    const Presence presence(folder_ / "workers");
    const bool has = Claim::take(task_, presence, kLong_s).has_value();
    kill(getpid(), has ? SIGKILL : SIGTERM);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
  ASSERT_EQ(last_claim(task_)->number, 1);
  EXPECT_TRUE(Claim::take(task_, presence_, kLong_s));
}

TEST_F(SweepClaims, AClaimThatIsNotWholeHoldsForAWhile) {
  write_file_atomically(task_ / "0001", "");
  EXPECT_FALSE(Claim::take(task_, presence_, kLong_s));
  make_older(task_ / "0001", 61);
  EXPECT_TRUE(Claim::take(task_, presence_, kLong_s));
}

/// Two processes take each of many tasks as fast as they can. @returns tasks that each got, by both
std::vector<int> race(const fs::path& folder, int tasks,
                      const std::function<void(const fs::path&)>& prepare) {
  for (int i = 0; i < tasks; ++i) prepare(folder / std::to_string(i));
  std::vector<int> got(static_cast<size_t>(tasks), 0);
  std::vector<pid_t> children;
  for (int process = 0; process < 2; ++process) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    const Presence presence(folder / "workers");
    std::ofstream own(folder / ("got_" + std::to_string(process)));
    for (int i = 0; i < tasks; ++i)
      if (Claim::take(folder / std::to_string(i), presence, kLong_s)) own << i << "\n";
    own.close();
    while (!fs::exists(folder / "over")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    _exit(0);
  }
  // A process that ended would hold nothing more.
  const auto lines = [&] {
    int count = 0;
    for (int process = 0; process < 2; ++process) {
      std::ifstream in(folder / ("got_" + std::to_string(process)));
      for (int i = 0; in >> i;) ++count;
    }
    return count;
  };
  for (int wait = 0; wait < 2000 && lines() < tasks; ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::ofstream(folder / "over") << "1";
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  for (int process = 0; process < 2; ++process) {
    std::ifstream in(folder / ("got_" + std::to_string(process)));
    for (int i = 0; in >> i;) ++got[static_cast<size_t>(i)];
  }
  return got;
}

TEST_F(SweepClaims, OfTwoProcessesExactlyOneGetsEachTask) {
  const auto got = race(folder_.path(), 100, [](const fs::path&) {});
  EXPECT_EQ(got, std::vector<int>(100, 1));
}

TEST_F(SweepClaims, OfTwoProcessesExactlyOneTakesOverWhatRanOut) {
  const auto got = race(folder_.path(), 100, [](const fs::path& task) {
    write_foreign(task / "0001", 10);
    make_older(task / "0001", 20);
  });
  EXPECT_EQ(got, std::vector<int>(100, 1));
}

TEST_F(SweepClaims, FilesOfWorkersThatWereKilledAreRemoved) {
  const pid_t child = fork();
  if (child == 0) {
    const Presence presence(folder_ / "workers");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const auto files = [&] {
    return std::distance(fs::directory_iterator(folder_ / "workers"), fs::directory_iterator());
  };
  EXPECT_EQ(files(), 2);
  { const Presence another(folder_ / "workers"); }
  EXPECT_EQ(files(), 1) << "this process's own";
}

}  // namespace
}  // namespace melomine::sweeps
