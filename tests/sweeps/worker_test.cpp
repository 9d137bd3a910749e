#include "sweeps/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <sstream>
#include <thread>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "sweeps/board.h"
#include "sweeps/planner.h"
#include "tests/sweeps/sample_experiments.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::SampleExperiments;
using testing::SweepFolder;

/// A sweep whose points a shell script works on, in place of melomine.
class SweepWorker : public ::testing::Test {
 protected:
  void TearDown() override { set_cancellation_requested(false); }

  /// @param body  of the script: $1 is the command, $2 the point's YAML, $run the point's run
  void plan(const std::string& sweep, const std::string& body) {
    make_plan(folder_.write(sweep), {}, SampleExperiments());
    const fs::path program = folder_.path("program");
    write_file_atomically(program, "#!/bin/sh\nrun=" + folder_.layout().runs().string() +
                                       "/$(basename \"$2\" .yaml)\necho \"$2\" >> " + calls() + "\n" + body);
    fs::permissions(program, fs::perms::owner_all);
  }
  std::string calls() const { return folder_.path("calls").string(); }
  std::vector<std::string> called() const {
    std::istringstream lines(fs::exists(calls()) ? read_file(calls()) : "");
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    return all;
  }
  WorkResult work(WorkOptions options = {}) {
    options.program = folder_.path("program");
    RunObserver nobody;
    return work_on(folder_.layout(), SampleExperiments(), options, nobody);
  }
  Board board() {
    plan_ = read_plan(folder_.layout());
    return read_board(folder_.layout(), plan_, static_cast<double>(std::time(nullptr)));
  }

  SweepFolder folder_;
  Plan plan_;
};

TEST_F(SweepWorker, EveryPointIsDoneOnceAndNeverAgain) {
  plan("sweep: {points: [{grid: {width: [1, 2, 3], rounds: [7]}}]}\n", "echo out; echo err >&2\n");
  EXPECT_EQ(work().finished, 3);
  EXPECT_TRUE(board().is_finished());
  EXPECT_EQ(work().finished, 0);
  EXPECT_EQ(called().size(), 3u);
  const Task& point = *plan_.points().front();
  EXPECT_EQ(read_file(folder_.layout().output(point.name)), "out\nerr\n");
}

TEST_F(SweepWorker, WorkersSideBySideShareThePoints) {
  plan("sweep: {points: [{grid: {width: [1, 2, 3, 4, 5, 6, 7, 8], rounds: [7]}}]}\n", "sleep 0.1\n");
  std::vector<std::thread> workers;
  workers.reserve(2);
  for (int i = 0; i < 2; ++i) workers.emplace_back([&] { work({.jobs = 2, .wait = true}); });
  for (std::thread& worker : workers) worker.join();
  EXPECT_TRUE(board().is_finished());
  EXPECT_EQ(called().size(), 8u);
}

TEST_F(SweepWorker, AFailedPointIsToldAndLeftUntilItIsAskedFor) {
  plan("sweep: {points: [{grid: {width: [1, 2, 3]}}]}\n",
       "grep -q 'width: 2' \"$2\" && ! test -e " + folder_.path("mended").string() +
           " && { echo 'melomine: a.csv: no such file' >&2; exit 1; }\nexit 0\n");
  const WorkResult result = work();
  EXPECT_EQ(result.finished, 2);
  EXPECT_EQ(result.failed, 1);
  EXPECT_THAT(failures_of(board(), folder_.layout()),
              HasSubstr("failed: width=2: data (exit status 1), attempt 1: a.csv: no such file"));
  EXPECT_EQ(work().failed, 0);
  write_file_atomically(folder_.path("mended"), "");
  EXPECT_EQ(retry_failed(folder_.layout(), {"signal", "oom"}, 60), 0);
  EXPECT_EQ(retry_failed(folder_.layout(), {}, 60), 1);
  EXPECT_EQ(work().finished, 1);
  EXPECT_TRUE(board().is_finished());
  EXPECT_EQ(called().size(), 4u);
}

TEST_F(SweepWorker, FailFastEndsAtTheFirst) {
  plan("sweep: {points: [{grid: {width: [1, 2, 3]}}]}\n", "exit 1\n");
  EXPECT_EQ(work({.fail_fast = true}).failed, 1);
  EXPECT_EQ(called().size(), 1u);
  EXPECT_EQ(board().count(TaskStatus::kPending), 2);
}

TEST_F(SweepWorker, AnM0IsTrainedOnceAndGoesToItsPoints) {
  plan("sweep: {points: [{grid: {rounds: [1, 2, 3]}}]}\n",
       "if [ \"$1\" = train ]; then echo m0 > \"$run/m0\"; else test -e \"$run/m0\"; fi\n");
  EXPECT_EQ(work({.jobs = 2}).finished, 4);
  EXPECT_TRUE(board().is_finished());
  // A file that now asks for a further seed of nothing else trains none again.
  make_plan(folder_.write("sweep: {points: [{grid: {rounds: [1, 2, 3, 4]}}]}\n"), {}, SampleExperiments());
  EXPECT_EQ(work().finished, 1);
  EXPECT_EQ(called().size(), 5u);
}

TEST_F(SweepWorker, AnM0ThatFailedBlocksItsPointsAlone) {
  plan("sweep: {points: [{grid: {rounds: [1, 2]}}, {list: [{width: 99}]}]}\n", "test \"$1\" != train\n");
  const WorkResult result = work({.wait = true});
  EXPECT_EQ(result.failed, 1);
  EXPECT_EQ(result.finished, 1);
  EXPECT_EQ(board().count(TaskStatus::kBlocked), 2);
}

TEST_F(SweepWorker, InterruptedItEndsItsPointsGentlyAndTheyGoOnLater) {
  plan("sweep: {points: [{grid: {width: [1, 2]}}]}\n",
       "trap 'echo saved; exit 130' TERM\n: > \"$run/begun\"\ntest -e " + folder_.path("quick").string() +
           " && exit 0\nfor i in 1 2 3 4 5 6 7 8 9; do sleep 0.3; done\n");
  const fs::path begun = folder_.layout().run(read_plan(folder_.layout()).points()[0]->name) / "begun";
  std::thread user([&] {
    while (!fs::exists(begun)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    set_cancellation_requested(true);
  });
  EXPECT_THROW(work(), Cancelled);
  user.join();
  set_cancellation_requested(false);
  EXPECT_EQ(board().count(TaskStatus::kPending), 2);
  EXPECT_THAT(read_file(folder_.layout().output(plan_.points()[0]->name)), HasSubstr("saved"));
  write_file_atomically(folder_.path("quick"), "");
  EXPECT_EQ(work().finished, 2);
}

TEST_F(SweepWorker, ARunThatIsStillWorkedInIsWaitedFor) {
  plan("sweep: {points: [{grid: {width: [1]}}]}\n", "true\n");
  const fs::path run = folder_.layout().run(read_plan(folder_.layout()).points()[0]->name);
  make_folder(run);
  auto other = std::make_unique<FolderLock>(run);
  std::thread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(called().empty());
    other.reset();
  });
  EXPECT_EQ(work().finished, 1);
  user.join();
  EXPECT_EQ(called().size(), 1u);
}

TEST_F(SweepWorker, APointThatWasLostIsEndedAndNotCounted) {
  plan("sweep: {points: [{grid: {width: [1]}}]}\n", ": > \"$run/begun\"\nsleep 20\n");
  const std::string name = read_plan(folder_.layout()).points()[0]->name;
  std::thread other([&] {
    while (!fs::exists(folder_.layout().run(name) / "begun"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    // Another took the next number, and has finished since.
    write_file_atomically(folder_.layout().claims(name) / "0002", "{}");
    TaskState state;
    state.finished = true;
    write_state(folder_.layout().state(name), state);
  });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(work({.lease_s = 1}).finished, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
  other.join();
  EXPECT_TRUE(board().is_finished());
}

}  // namespace
}  // namespace melomine::sweeps
