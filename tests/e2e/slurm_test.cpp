#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "tests/e2e/loop_experiment.h"
#include "tests/support/wav_file.h"

// The batch files of scripts/slurm, run by a stand-in for SLURM (tests/support/slurm) that warns each job
// once.

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using ::testing::HasSubstr;
using testing::LoopExperiment;
using ::testing::Not;
using testing::run_melomine;

using Variables = std::map<std::string, std::string>;

/// Folders in which jobs are submitted.
class Cluster {
 public:
  Cluster() {
    fs::create_directories(bin());
    for (const char* name : {"sbatch", "srun", "scontrol"})
      fs::create_symlink(fs::absolute("tests/support/slurm/slurm"), bin() / name);
    fs::create_symlink(MELOMINE_BINARY, bin() / "melomine");
  }
  /// Submits a job and waits for the end of its last attempt.
  CommandResult sbatch(const std::vector<std::string>& arguments, const Variables& variables = {}) const {
    std::vector<std::string> words = {"env", "PATH=" + bin().string() + ":" + std::getenv("PATH"),
                                      "STAND_IN_FOLDER=" + folder_.path().string()};
    words.reserve(words.size() + variables.size() + arguments.size() + 1);
    for (const auto& [name, value] : variables) words.push_back(std::string(name).append("=").append(value));
    words.emplace_back("sbatch");
    words.insert(words.end(), arguments.begin(), arguments.end());
    CommandResult result = testing::run_command(std::move(words));
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      if (entry.path().extension() == ".log") result.output += read_file(entry.path());
    return result;
  }
  /// The job is warned as soon as a file is there, leaves, and is queued again.
  CommandResult preempted_at(const std::string& file, const std::vector<std::string>& arguments) const {
    return sbatch(arguments, {{"STAND_IN_UNTIL", file}});
  }

 private:
  fs::path bin() const { return folder_ / "bin"; }
  testing::TempFolder folder_;
};

/// A batch file with what follows `melomine COMMAND`.
std::vector<std::string> job(const LoopExperiment& tiny, const std::string& command, const std::string& run,
                             const std::vector<std::string>& settings) {
  std::vector<std::string> words = tiny.words(command, run, settings);
  words.front() = "scripts/slurm/" + command + ".sbatch";
  return words;
}

void expect_requeued_once(const CommandResult& result, const std::vector<std::string>& tasks = {"None"}) {
  EXPECT_EQ(result.status, 0) << result.output;
  for (const std::string& task : tasks) {
    const std::string attempt = std::string("task ").append(task).append(" attempt ");
    EXPECT_THAT(result.output, HasSubstr(attempt + "0: requeued"));
    EXPECT_THAT(result.output, HasSubstr(attempt + "1: status 0"));
  }
}

TEST(E2eSlurm, ATrainingThatIsPreemptedEndsAsOneThatIsNot) {
  const LoopExperiment tiny;
  const Cluster cluster;
  const auto length = LoopExperiment::with({"train.length=60s"});
  ASSERT_EQ(tiny.run("train", "whole", length).status, 0);
  const auto result = cluster.preempted_at(tiny.run_file("pieces", "round_00/train/metrics.jsonl"),
                                           job(tiny, "train", "pieces", length));
  expect_requeued_once(result);
  EXPECT_THAT(result.output, HasSubstr("interrupted at step "));
  tiny.expect_same("whole", "pieces", {"round_00/train/last.safetensors", "round_00/train/best.safetensors"});
}

TEST(E2eSlurm, ATrainingOfTwoTasksThatIsPreemptedEndsAsOneThatIsNot) {
  const LoopExperiment tiny;
  const Cluster cluster;
  const auto length = LoopExperiment::with({"train.length=60s"});
  std::vector<std::string> whole = {"launch", "-n", "2", "--"}, pieces = {"--ntasks=2"};
  for (const std::string& word : tiny.words("train", "whole", length)) whole.push_back(word);
  for (const std::string& word : job(tiny, "train", "pieces", length)) pieces.push_back(word);
  ASSERT_EQ(run_melomine(whole).status, 0);
  const auto result = cluster.preempted_at(tiny.run_file("pieces", "round_00/train/metrics.jsonl"), pieces);
  expect_requeued_once(result);
  EXPECT_THAT(result.output, HasSubstr("rank 0 of 2"));
  tiny.expect_same("whole", "pieces", {"round_00/train/last.safetensors", "round_00/train/best.safetensors"});
}

TEST(E2eSlurm, WhatIsCancelledOrFailsIsNotQueuedAgain) {
  const LoopExperiment tiny;
  const Cluster cluster;
  const auto length = LoopExperiment::with({"train.length=60s"});
  const auto words = job(tiny, "train", "pieces", length);
  const auto cancelled =
      cluster.sbatch(words, {{"STAND_IN_UNTIL", tiny.run_file("pieces", "round_00/train/metrics.jsonl")},
                             {"STAND_IN_SIGNAL", "TERM"}});
  EXPECT_EQ(cancelled.status, 75) << cancelled.output;
  EXPECT_THAT(cancelled.output, HasSubstr("task None attempt 0: status 75"));
  EXPECT_THAT(cancelled.output, Not(HasSubstr("attempt 1")));
  const auto wrong = cluster.sbatch(job(tiny, "train", "pieces", {"train.lenght=60s"}));
  EXPECT_EQ(wrong.status, 2) << wrong.output;
  EXPECT_THAT(wrong.output, Not(HasSubstr("requeued")));
  // Submitted again it goes on.
  const auto again = cluster.sbatch(words);
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_THAT(again.output, HasSubstr("task None attempt 0: status 0"));
}

TEST(E2eSlurm, WhatSlurmItselfQueuedAgainIsNoFailure) {
  const LoopExperiment tiny;
  const Cluster cluster;
  const auto result =
      cluster.sbatch(job(tiny, "train", "pieces", LoopExperiment::with({"train.length=60s"})),
                     {{"STAND_IN_UNTIL", tiny.run_file("pieces", "round_00/train/metrics.jsonl")},
                      {"STAND_IN_REQUEUES", "1"}});
  expect_requeued_once(result);
  EXPECT_THAT(result.output, HasSubstr("Job is pending execution"));
  EXPECT_THAT(result.output, Not(HasSubstr("submit it again")));
}

TEST(E2eSlurm, ALoopThatIsPreemptedEndsAsOneThatIsNot) {
  const LoopExperiment tiny;
  const Cluster cluster;
  const auto whole = tiny.loop("run", "whole");
  ASSERT_EQ(whole.status, 0) << whole.output;
  expect_requeued_once(cluster.preempted_at(tiny.run_file("pieces", "round_01/train/metrics.jsonl"),
                                            job(tiny, "run", "pieces", LoopExperiment::with())));
  tiny.expect_same("whole", "pieces", LoopExperiment::results());
}

TEST(E2eSlurm, TheTasksOfAnArrayAreTheWorkersOfMining) {
  const LoopExperiment tiny;
  const Cluster cluster;
  // Fine steps, so that mining takes long enough to be met.
  const auto slow = LoopExperiment::with({"front_end.window.step_s=0.05", "train.validate_every=0s"});
  for (const char* name : {"whole", "pieces"}) ASSERT_EQ(tiny.run("train", name, slow).status, 0);
  ASSERT_EQ(tiny.run("mine", "whole", slow).status, 0);
  auto words = job(tiny, "mine", "pieces", slow);
  words.insert(words.begin(), "--array=0-1");
  const auto result = cluster.preempted_at(tiny.run_file("pieces", "round_01/mine/part-0000%a.h5"), words);
  expect_requeued_once(result, {"0", "1"});
  for (const char* worker : {"worker 0/2, as SLURM", "worker 1/2, as SLURM"})
    EXPECT_THAT(result.output, HasSubstr(worker));
  tiny.expect_same("whole", "pieces", {"round_01/mine/mined.h5", "round_01/mine/mined.csv"});
  // What is said by hand wins; half an array is none.
  words = tiny.words("mine", "alone", slow);
  words.insert(words.begin(), {"env", "SLURM_ARRAY_TASK_ID=3", MELOMINE_BINARY});
  testing::expect_refusal(testing::run_command(words), 2,
                          "SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_MIN is not: half a job array");
  words.insert(words.end(), {"--worker", "0/1"});
  testing::expect_refusal(testing::run_command(words), 1, "");  // no encoder to mine with
}

TEST(E2eSlurm, TheTasksOfAnArrayShareASweep) {
  const LoopExperiment tiny;
  const Cluster cluster;
  write_file_atomically(
      tiny.path("sweep.yaml"),
      "extends: tiny.yaml\nname: pieces\nloop: {rounds: 1}\n"
      "train: {length: 40s, checkpoint_every: 2s, validate_every: 20s}\n"
      "evaluate: {sets: [{name: held_out, bootstrap_resamples: 100}]}\n"
      "sweep:\n  seeds: [1, 2]\n  points:\n    - grid: {mine.match.relevant: [0.5, 0.6]}\n");
  ASSERT_EQ(run_melomine({"sweep", tiny.path("sweep.yaml"), "name=whole"}).status, 0);
  const auto result =
      cluster.preempted_at(tiny.path("runs/pieces/points/*/round_00/train/metrics.jsonl"),
                           {"--array=0-1", "scripts/slurm/sweep.sbatch", tiny.path("sweep.yaml")});
  expect_requeued_once(result, {"0", "1"});
  int points = 0;
  for (const auto& entry : fs::directory_iterator(tiny.path("runs/whole/points"))) {
    const std::string point = "points/" + entry.path().filename().string() + "/";
    const bool shared = entry.path().filename().string().starts_with("M_0");
    std::vector<std::string> files = LoopExperiment::results(shared ? 0 : 1);
    if (shared) files = {"round_00/train/last.safetensors"};
    for (std::string& file : files) file.insert(0, point);
    tiny.expect_same("whole", "pieces", files);
    ++points;
  }
  EXPECT_EQ(points, 6);
  EXPECT_EQ(run_melomine({"sweep", "status", tiny.path("runs/pieces")}).status, 0);
}

TEST(E2eSlurm, AnIngestThatIsPreemptedEndsAsOneThatIsNot) {
  const testing::TempFolder folder;
  const Cluster cluster;
  std::string table = "recording_id,song_id,kind,path\n";
  for (int i = 0; i < 40; ++i) {
    const std::string name = "r" + std::to_string(i);
    testing::write_wav(folder / (name + ".wav"), testing::sine(150 + 7 * i, 20, 0.5, 44100), 44100, 1);
    table.append(name).append(",s,cover,").append(name).append(".wav\n");
  }
  write_file_atomically(folder / "songs.csv", table);
  const std::string songs = folder / "songs.csv", whole = folder / "whole", pieces = folder / "pieces";
  ASSERT_EQ(run_melomine({"ingest", songs, "--out", whole, "--shard-mib", "8"}).status, 0);
  expect_requeued_once(
      cluster.preempted_at(pieces + "/spool/0000003.pcm",
                           {"scripts/slurm/ingest.sbatch", songs, "--out", pieces, "--shard-mib", "8"}));
  int shards = 0;
  for (const auto& entry : fs::directory_iterator(whole)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.starts_with(".")) continue;
    EXPECT_TRUE(read_file(entry.path()) == read_file(fs::path(pieces) / name)) << name;
    shards += name.starts_with("shard-") ? 1 : 0;
  }
  EXPECT_GE(shards, 3);
}

}  // namespace
}  // namespace melomine
