#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/random.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::seconds_since;
using testing::StartedMelomine;
using testing::TinyExperiment;
using Clock = std::chrono::steady_clock;

const std::vector<std::string> kShort = {"train.length=16s", "train.checkpoint_every=4s",
                                         "train.validate_every=8s"};

/// Waits until a file is there. @returns whether it came while the program ran
bool wait_for(StartedMelomine& melomine, const fs::path& file) {
  for (const auto start = Clock::now(); seconds_since(start) < 120;) {
    if (fs::exists(file)) return true;
    if (!melomine.is_running()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// scripts/campaign kills more often.
TEST(CrashTrain, KilledAFewTimesItEndsWithTheSameEncoder) {
  const TinyExperiment tiny;
  const auto start = Clock::now();
  const auto whole = tiny.run("train", "whole", kShort);
  const double whole_s = seconds_since(start);
  ASSERT_EQ(whole.status, 0) << whole.output;
  RandomStream random({stream_id("crash_train"), 1});
  int killed = 0;
  for (int i = 0; i < 4; ++i) {
    StartedMelomine train(tiny.words("train", "pieces", kShort), tiny.path("log"));
    std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform(0.2, 0.55) * whole_s));
    if (train.end_with(SIGKILL) == 128 + SIGKILL) ++killed;
  }
  EXPECT_GE(killed, 1);
  const auto last = tiny.run("train", "pieces", kShort);
  ASSERT_EQ(last.status, 0) << last.output;
  for (const char* file : {"last.safetensors", "best.safetensors"})
    EXPECT_EQ(read_file(tiny.run_file("whole", std::string("round_00/train/") + file)),
              read_file(tiny.run_file("pieces", std::string("round_00/train/") + file)))
        << file << " after " << killed << " kills";
}

TEST(CrashTrain, InterruptedItSavesAndSaysHowToContinue) {
  const TinyExperiment tiny;
  StartedMelomine train(tiny.words("train", "a", {"train.length=5000s", "train.checkpoint_every=2000s"}),
                        tiny.path("log"));
  ASSERT_TRUE(wait_for(train, tiny.run_file("a", "round_00/train/metrics.jsonl")))
      << read_file(tiny.path("log"));
  EXPECT_EQ(train.end_with(SIGINT), 130);
  const std::string said = read_file(tiny.path("log"));
  EXPECT_THAT(said, HasSubstr("interrupted at step "));
  EXPECT_THAT(said, HasSubstr("run the same command again to continue"));
  EXPECT_TRUE(fs::exists(tiny.run_file("a", "round_00/train/last.safetensors")));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_00/train/DONE")));
}

}  // namespace
}  // namespace melomine
