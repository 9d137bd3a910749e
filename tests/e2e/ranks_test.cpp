#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <thread>

#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using ::testing::HasSubstr;
using testing::run_melomine;
using testing::seconds_since;
using testing::StartedMelomine;
using testing::TinyExperiment;
using Clock = std::chrono::steady_clock;

const std::vector<std::string> kShort = {"train.length=16s", "train.checkpoint_every=4s",
                                         "train.validate_every=8s"};

std::vector<std::string> launched(const TinyExperiment& tiny, const std::string& name,
                                  const std::vector<std::string>& settings = kShort) {
  std::vector<std::string> words = {"launch", "-n", "2", "--"};
  for (const std::string& word : tiny.words("train", name, settings)) words.push_back(word);
  return words;
}

void expect_same_encoders(const TinyExperiment& tiny, const std::string& a, const std::string& b) {
  for (const char* file : {"last.safetensors", "best.safetensors"})
    EXPECT_EQ(read_file(tiny.run_file(a, std::string("round_00/train/") + file)),
              read_file(tiny.run_file(b, std::string("round_00/train/") + file)))
        << file;
}

/// Process numbers by the rank in their environment, of those that a launch has started.
std::map<std::string, pid_t> ranks_of(pid_t launcher) {
  std::map<std::string, pid_t> ranks;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat"), environment(entry.path() / "environ");
    std::string text;
    pid_t pid = 0, parent = 0;
    char state = 0;
    if (!(stat >> pid >> text >> state >> parent) || parent != launcher) continue;
    for (std::string variable; std::getline(environment, variable, '\0');)
      if (variable.starts_with("RANK=")) ranks[variable.substr(5)] = pid;
  }
  return ranks;
}

bool wait_for(const fs::path& file) {
  for (const auto start = Clock::now(); seconds_since(start) < 120;) {
    if (fs::exists(file)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST(CrashRanks, WhenOneIsKilledAllEndAndTheSameCommandGoesOnToTheSameEncoder) {
  const TinyExperiment tiny;
  const CommandResult whole = run_melomine(launched(tiny, "whole"));
  ASSERT_EQ(whole.status, 0) << whole.output;
  EXPECT_THAT(whole.output, HasSubstr("rank 0 of 2"));
  for (const char* rank : {"1", "0"}) {
    StartedMelomine launch(launched(tiny, "pieces"), tiny.path("log"));
    ASSERT_TRUE(wait_for(tiny.run_file("pieces", "round_00/train/metrics.jsonl")));
    const auto ranks = ranks_of(launch.pid());
    if (!ranks.contains(rank)) continue;  // it was through already
    kill(ranks.at(rank), SIGKILL);
    const auto killed = Clock::now();
    if (launch.wait() == 0) continue;  // the kill came after its last step
    EXPECT_LT(seconds_since(killed), 30);
    const std::string said = read_file(tiny.path("log"));
    EXPECT_THAT(said, HasSubstr(std::string("rank ") + rank + " of 2"));
    EXPECT_THAT(said, HasSubstr("run the same command again to continue"));
  }
  const CommandResult last = run_melomine(launched(tiny, "pieces"));
  ASSERT_EQ(last.status, 0) << last.output;
  expect_same_encoders(tiny, "whole", "pieces");
}

TEST(CrashRanks, AskedToStopAllSaveAtOneStepAndGoOn) {
  const TinyExperiment tiny;
  const std::vector<std::string> endless = {"train.length=5000s", "train.checkpoint_every=2000s"};
  StartedMelomine launch(launched(tiny, "a", endless), tiny.path("log"));
  ASSERT_TRUE(wait_for(tiny.run_file("a", "round_00/train/metrics.jsonl"))) << read_file(tiny.path("log"));
  EXPECT_EQ(launch.end_with(SIGINT), 130);
  EXPECT_THAT(read_file(tiny.path("log")), HasSubstr("interrupted at step "));
  EXPECT_TRUE(fs::exists(tiny.run_file("a", "round_00/train/last.safetensors")));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_00/train/DONE")));
}

TEST(E2eRanks, WrongUseIsTold) {
  const TinyExperiment tiny;
  const auto error_of = [](const std::vector<std::string>& words) {
    const CommandResult result = run_melomine(words);
    EXPECT_EQ(result.status, 2) << result.output;
    return result.output;
  };
  EXPECT_THAT(error_of({"launch", "-n", "2"}), HasSubstr("give the command that is launched"));
  EXPECT_THAT(error_of({"launch", "-n", "2", "--", "ingest", "a.csv"}), HasSubstr("not 'ingest'"));
  EXPECT_THAT(error_of({"launch", "--", "train", "a.yaml"}), HasSubstr("ranks is missing"));
  EXPECT_THAT(error_of({"launch", "-n", "0", "--", "train", "a.yaml"}), HasSubstr("must be from 1 to 1024"));
  setenv("WORLD_SIZE", "2", 1);
  EXPECT_THAT(error_of(tiny.words("train", "b")), HasSubstr("WORLD_SIZE is set and RANK is not"));
  unsetenv("WORLD_SIZE");
}

TEST(E2eRanks, ALoopOfTwoRanksEndsWithAReport) {
  const testing::LoopExperiment tiny;
  std::vector<std::string> words = {"launch", "-n", "2", "--"};
  for (const std::string& word : tiny.words("run", "loop", tiny.with({"loop.rounds=1"})))
    words.push_back(word);
  const CommandResult result = run_melomine(words);
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(fs::exists(tiny.run_file("loop", "report.html")));
  EXPECT_TRUE(fs::exists(tiny.run_file("loop", "round_01/round.json")));
  const CommandResult again = run_melomine(words);
  EXPECT_EQ(again.status, 0) << again.output;
}

}  // namespace
}  // namespace melomine
