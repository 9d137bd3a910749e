#include "sweeps/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "sweeps/estimate.h"
#include "sweeps/failure.h"
#include "tests/support/temp_folder.h"

namespace melomine::sweeps {
namespace {

using ::testing::HasSubstr;

TaskState finished_in(double wall_s) {
  TaskState state;
  state.finished = true;
  state.wall_s = wall_s;
  return state;
}

TaskState failed_with(const std::string& reason) {
  TaskState state;
  state.failure = {reason, "exit status 1", "no such file"};
  state.attempts = 2;
  return state;
}

Plan plan_of_four() {
  Plan plan;
  plan.tasks.push_back({.name = "m0", .does = "train", .shared = true});
  plan.tasks.push_back({.name = "a", .does = "run", .settings = {{"w", "1"}, {"seed", "1"}}, .first = "m0"});
  plan.tasks.push_back({.name = "b", .does = "run", .settings = {{"w", "1"}, {"seed", "2"}}});
  plan.tasks.push_back({.name = "c", .does = "run", .settings = {{"w", "2"}, {"seed", "1"}}});
  plan.tasks.push_back({.name = "old", .does = "run", .wanted = false});
  return plan;
}

class SweepBoard : public ::testing::Test {
 protected:
  Board read() const { return read_board(layout_, plan_, 0); }
  melomine::testing::TempFolder folder_;
  const SweepLayout layout_{folder_.path()};
  const Plan plan_ = plan_of_four();
};

TEST_F(SweepBoard, PointsWaitForTheirM0AndAreBlockedWhereItFailed) {
  EXPECT_EQ(read().tasks[1].status, TaskStatus::kWaiting);
  write_state(layout_.state("m0"), failed_with("nan"));
  EXPECT_EQ(read().tasks[1].status, TaskStatus::kBlocked);
  write_state(layout_.state("m0"), finished_in(1));
  EXPECT_EQ(read().tasks[1].status, TaskStatus::kPending);
}

TEST_F(SweepBoard, IsOverWhenNothingCanBeBegunAndFinishedWhenAllPointsAre) {
  write_state(layout_.state("m0"), failed_with("data"));
  write_state(layout_.state("b"), finished_in(1));
  EXPECT_FALSE(read().is_over());
  write_state(layout_.state("c"), finished_in(1));
  EXPECT_TRUE(read().is_over());
  EXPECT_FALSE(read().is_finished());
  write_state(layout_.state("a"), finished_in(1));
  EXPECT_TRUE(read().is_finished()) << "a point that has its M_0 from elsewhere needs none";
  EXPECT_EQ(summary_of(read()), "3 of 3 points finished");
}

TEST_F(SweepBoard, FailuresAreToldByTheSettingsThatDiffer) {
  write_state(layout_.state("c"), failed_with("data"));
  const std::string told = failures_of(read(), layout_);
  EXPECT_THAT(told, HasSubstr("failed: w=2 seed=1: data (exit status 1), attempt 2: no such file"));
  EXPECT_THAT(told, HasSubstr("points/c/output.log"));
  EXPECT_EQ(summary_of(read()), "0 of 3 points finished, 1 failed, 2 to do");
}

TEST_F(SweepBoard, TheTimeLeftIsThatOfOtherSeedsFirst) {
  EXPECT_FALSE(time_left_s(read(), 1));
  write_state(layout_.state("m0"), finished_in(1000));
  write_state(layout_.state("b"), finished_in(10));
  write_state(layout_.state("c"), finished_in(50));
  EXPECT_EQ(time_left_s(read(), 1), 10);
  EXPECT_EQ(time_left_s(read(), 2), 5);
}

TEST_F(SweepBoard, DamagedStatesAreNamed) {
  write_file_atomically(layout_.state("a"), "{");
  EXPECT_THROW(read(), DataError);
}

Failure failure_after(const std::string& printed, int exit_status, int signal = 0) {
  ChildResult result;
  result.exit_status = exit_status;
  result.signal = signal;
  return failure_of(result, printed);
}

TEST(SweepFailure, ReasonsAreToldApart) {
  EXPECT_EQ(failure_after("info x\nmelomine: a.yaml:1: no\n", 2).reason, "config");
  EXPECT_EQ(failure_after("melomine: a.h5: is damaged\n", 1).reason, "data");
  EXPECT_EQ(failure_after("melomine: libtorch: CUDA out of memory. Tried\n", 1).reason, "oom");
  EXPECT_EQ(failure_after("melomine: out of memory\n", 1).reason, "oom");
  EXPECT_EQ(failure_after("melomine: x: cannot write: No space left on device\n", 1).reason, "disk");
  EXPECT_EQ(failure_after("melomine: step 7: loss is not finite\n", 1).reason, "nan");
  EXPECT_EQ(failure_after("", -1, SIGKILL).reason, "signal");
  EXPECT_EQ(failure_after("", 130).reason, "interrupted");
  EXPECT_EQ(failure_after("", 75).reason, "interrupted");
  EXPECT_EQ(failure_after("", 127).reason, "other");
}

TEST(SweepFailure, TheErrorIsTheLineThatNamesTheProgramElseTheLast) {
  const Failure failure = failure_after("info begins\nmelomine: a.csv: no such file\ncleaning up\n", 1);
  EXPECT_EQ(failure.error, "a.csv: no such file");
  EXPECT_EQ(failure.ending, "exit status 1");
  EXPECT_EQ(failure_after("one\r\x1b[Ktwo\n\n", 1).error, "\x1b[Ktwo");
}

}  // namespace
}  // namespace melomine::sweeps
