#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <functional>
#include <thread>

#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using testing::LoopExperiment;
using ::testing::Not;
using testing::run_melomine;
using testing::StartedMelomine;

/// Waits for something that another process does. @returns whether it came while that process ran
bool comes(StartedMelomine& process, const std::function<bool()>& what) {
  while (process.is_running()) {
    if (what()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST(E2eRunLock, ASecondProcessOnARunIsRefusedByNameAndTheFirstIsNotDisturbed) {
  const LoopExperiment tiny;
  const auto settings = LoopExperiment::with({"train.length=60s"});
  StartedMelomine first(tiny.words("train", "a", settings), tiny.path("first.log"));
  ASSERT_TRUE(comes(first, [&] { return fs::exists(tiny.run_file("a", "round_00/train/metrics.jsonl")); }));
  kill(first.pid(), SIGSTOP);  // at work, for as long as this takes
  for (const char* command : {"train", "run"}) {
    const auto second = tiny.run(command, "a", settings);
    EXPECT_EQ(second.status, 1) << second.output;
    EXPECT_THAT(second.output, HasSubstr("runs/a: another process is working in this folder: pid "));
    EXPECT_THAT(second.output, HasSubstr(" train " + tiny.path("tiny.yaml") + " name=a"));
    EXPECT_THAT(second.output, HasSubstr("; wait for it, or end it"));
  }
  auto inspected = run_melomine({"inspect", tiny.run_file("a", "")});
  EXPECT_THAT(inspected.output, ContainsRegex("training +step [0-9]+ of 60"));
  EXPECT_THAT(inspected.output, ContainsRegex("at work +pid " + std::to_string(first.pid()) + " on "));
  first.end_with(SIGKILL);
  inspected = run_melomine({"inspect", tiny.run_file("a", "")});
  EXPECT_THAT(inspected.output, ContainsRegex("training +step [0-9]+ of 60"));
  EXPECT_THAT(inspected.output, ContainsRegex("at work +no process"));
  // A kill leaves the run free, and the one that goes on logs every step.
  const auto again = tiny.run("train", "a", settings);
  ASSERT_EQ(again.status, 0) << again.output;
  const std::string metrics = read_file(tiny.run_file("a", "round_00/train/metrics.jsonl"));
  EXPECT_THAT(run_melomine({"inspect", tiny.run_file("a", "")}).output, Not(ContainsRegex("training +step")));
  for (const int step : {1, 30, 60})
    EXPECT_THAT(metrics, HasSubstr("{\"step\":" + std::to_string(step) + ",\"tag\":\"train/loss\""));
}

TEST(E2eRunLock, WorkersMineSideBySideAndOneOfTheSameNameIsRefused) {
  const LoopExperiment tiny;
  // Fine steps, so that mining takes long enough to be met.
  const auto slow = LoopExperiment::with({"front_end.window.step_s=0.05", "train.validate_every=0s"});
  const auto worker = [&](const char* name) {
    auto words = slow;
    words.insert(words.end(), {"--worker", name});
    return words;
  };
  ASSERT_EQ(tiny.run("train", "a", slow).status, 0);
  StartedMelomine first(tiny.words("mine", "a", worker("0/2")), tiny.path("first.log"));
  ASSERT_TRUE(comes(first, [&] { return fs::exists(tiny.run_file("a", "round_01/mine/config.yaml")); }));
  kill(first.pid(), SIGSTOP);  // at work, for as long as this takes
  const auto same = tiny.run("mine", "a", worker("0/2"));
  EXPECT_EQ(same.status, 1) << same.output;
  EXPECT_THAT(same.output, HasSubstr("another process is working in this folder: pid "));
  const auto other = tiny.run("mine", "a", worker("1/2"));
  EXPECT_EQ(other.status, 0) << other.output;
  EXPECT_EQ(tiny.run("mine", "a", slow).status, 1);  // alone
  kill(first.pid(), SIGCONT);
  EXPECT_EQ(first.wait(), 0) << read_file(tiny.path("first.log"));
  EXPECT_TRUE(fs::exists(tiny.run_file("a", "round_01/mine/mined.h5")));
}

}  // namespace
}  // namespace melomine
