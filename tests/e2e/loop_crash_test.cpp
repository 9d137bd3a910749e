#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/random.h"
#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LoopExperiment;
using testing::seconds_since;
using testing::StartedMelomine;
using Clock = std::chrono::steady_clock;

// scripts/campaign kills more often.
TEST(CrashLoop, KilledAFewTimesItEndsWithTheSameMinedSetsAndEncoders) {
  const LoopExperiment tiny;
  const auto start = Clock::now();
  const auto whole = tiny.loop("run", "whole");
  const double whole_s = seconds_since(start);
  ASSERT_EQ(whole.status, 0) << whole.output;
  RandomStream random({stream_id("crash_loop"), 1});
  int killed = 0;
  for (int i = 0; i < 5; ++i) {
    StartedMelomine run(tiny.words("run", "pieces", LoopExperiment::with()), tiny.path("log"));
    std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform(0.15, 0.5) * whole_s));
    if (run.end_with(SIGKILL) == 128 + SIGKILL) ++killed;
  }
  EXPECT_GE(killed, 1);
  const auto last = tiny.loop("run", "pieces");
  ASSERT_EQ(last.status, 0) << last.output;
  SCOPED_TRACE(std::to_string(killed) + " kills");
  tiny.expect_same("whole", "pieces", LoopExperiment::results());
  EXPECT_THAT(tiny.left_over("pieces"), IsEmpty());
}

/// Starts `melomine run`, waits for a file of the run, and interrupts it. @returns what it printed
std::string interrupted_at(const LoopExperiment& tiny, const std::string& file) {
  SCOPED_TRACE(file);
  StartedMelomine run(tiny.words("run", "pieces", LoopExperiment::with()), tiny.path("log"));
  const auto start = Clock::now();
  while (!fs::exists(tiny.run_file("pieces", file)) && run.is_running() && seconds_since(start) < 120)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(run.end_with(SIGINT), 130);
  EXPECT_THAT(tiny.left_over("pieces"), IsEmpty());
  std::string said = read_file(tiny.path("log"));
  EXPECT_THAT(said, HasSubstr("run the same command again to continue"));
  return said;
}

TEST(CrashLoop, InterruptedInEveryStageItSaysHowToContinueAndDoes) {
  const LoopExperiment tiny;
  const auto whole = tiny.loop("run", "whole");
  ASSERT_EQ(whole.status, 0) << whole.output;
  interrupted_at(tiny, "round_00/evaluate/held_out");
  EXPECT_FALSE(fs::exists(tiny.run_file("pieces", "round_00/evaluate/DONE")));
  interrupted_at(tiny, "round_01/mine/config.yaml");
  EXPECT_FALSE(fs::exists(tiny.run_file("pieces", "round_01/train/DONE")));
  EXPECT_THAT(interrupted_at(tiny, "round_01/train/metrics.jsonl"), HasSubstr("interrupted at step "));
  EXPECT_FALSE(fs::exists(tiny.run_file("pieces", "round_01/train/DONE")));
  const auto last = tiny.loop("run", "pieces");
  ASSERT_EQ(last.status, 0) << last.output;
  tiny.expect_same("whole", "pieces", LoopExperiment::results());
}

TEST(CrashLoop, InterruptedWhileMiningItKeepsTheFinishedParts) {
  const LoopExperiment tiny;
  // Fine steps, so that mining takes long enough to be met.
  const auto slow = LoopExperiment::with({"front_end.window.step_s=0.05", "train.validate_every=0s"});
  ASSERT_EQ(tiny.run("train", "a", slow).status, 0);
  StartedMelomine mine(tiny.words("mine", "a", slow), tiny.path("log"));
  const auto start = Clock::now();
  while (!fs::exists(tiny.run_file("a", "round_01/mine/part-00000.h5")) && mine.is_running() &&
         seconds_since(start) < 120)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(mine.end_with(SIGINT), 130);
  EXPECT_THAT(read_file(tiny.path("log")),
              HasSubstr("interrupted while mining; finished parts are in " +
                        tiny.run_file("a", "round_01/mine") + "; run the same command again to continue"));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_01/mine/DONE")));
  const std::string part = tiny.run_file("a", "round_01/mine/part-00000.h5");
  const auto written = fs::last_write_time(part);
  const auto again = tiny.run("mine", "a", slow);
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(fs::last_write_time(part), written);
  EXPECT_TRUE(fs::exists(tiny.run_file("a", "round_01/mine/DONE")));
}

}  // namespace
}  // namespace melomine
