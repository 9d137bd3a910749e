#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/e2e/loop_experiment.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using ::testing::HasSubstr;
using testing::LoopExperiment;
using ::testing::Not;
using testing::run_melomine;
using ::testing::StartsWith;
using testing::TempFolder;

/// A file as a version wrote it that did not know this setting: it stands in a comment.
void forget(const std::string& file, const std::string& setting) {
  std::string content = read_file(file);
  const size_t at = content.find(setting + ":");
  ASSERT_NE(at, std::string::npos) << setting << " in " << file;
  content[at] = '#';
  write_file_atomically(file, content);
}

/// Content of all files of a folder, by path relative to it.
std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.emplace(fs::relative(entry.path(), folder).generic_string(), read_file(entry.path()));
  return files;
}

/// A run that an earlier version left, copied to another place; tests/data/old_runs/README.md says what it
/// is.
class OldRun {
 public:
  explicit OldRun(const fs::path& kept) { fs::copy(kept, place_.path(), fs::copy_options::recursive); }

  std::string path(const std::string& name) const { return place_ / name; }
  std::string run_file(const std::string& name) const { return path("runs/interrupted/" + name); }
  CommandResult go_on() const {
    return run_melomine({"run", path("experiment.yaml"), "runs=" + path("runs"),
                         "data.shards=" + path("shards"), "data.groups=" + path("corpus/hums.csv"),
                         "data.time_maps=" + path("corpus/truth.csv")});
  }

 private:
  TempFolder place_;
};

void expect_read_by(const std::vector<std::string>& command, const std::string& says) {
  const auto result = run_melomine(command);
  EXPECT_EQ(result.status, 0) << command.front() << " " << command[1] << ": " << result.output;
  EXPECT_THAT(result.output, HasSubstr(says)) << command.front() << " " << command[1];
}

void expect_read_by_all_commands(const OldRun& old) {
  expect_read_by({"inspect", old.path("shards")}, "folder of audio shards");
  expect_read_by({"inspect", old.run_file("")}, "round_01/mine    done");
  expect_read_by({"inspect", old.run_file("round_01/mine/mined.h5")}, "mined set");
  expect_read_by({"inspect", old.run_file("round_01/train/best.safetensors")}, "resnet18");
  expect_read_by({"diff", old.run_file("round_01"), old.run_file("round_01")}, " 0 new, 0 lost");
  expect_read_by({"report", old.run_file("")}, "M_0 ");
}

TEST(E2eOldRun, LeftByAnEarlierVersionIsReadAndGoesOnToItsEnd) {
  setenv("OMP_NUM_THREADS", "1", 1);
  int runs = 0;
  for (const auto& kept : fs::directory_iterator("tests/data/old_runs")) {
    if (!kept.is_directory()) continue;
    SCOPED_TRACE(kept.path().string());
    ++runs;
    const OldRun old(kept.path());
    expect_read_by_all_commands(old);
    const auto first = files_of(old.run_file("round_00")), mined = files_of(old.run_file("round_01/mine"));
    const std::string metrics = read_file(old.run_file("round_01/train/metrics.jsonl"));

    const auto result = old.go_on();
    ASSERT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("round_01/train/last.safetensors (step 8)"));
    EXPECT_THAT(result.output, HasSubstr("train: 24 steps"));
    EXPECT_EQ(files_of(old.run_file("round_00")), first);
    EXPECT_EQ(files_of(old.run_file("round_01/mine")), mined);
    EXPECT_THAT(read_file(old.run_file("round_01/train/metrics.jsonl")), StartsWith(metrics));
    EXPECT_TRUE(fs::exists(old.run_file("round_01/evaluate/DONE")));
    expect_read_by({"report", old.run_file("")}, "M_1 ");

    const auto again = old.go_on();
    EXPECT_EQ(again.status, 0) << again.output;
    EXPECT_THAT(again.output, Not(HasSubstr("train: ")));
    EXPECT_EQ(files_of(old.run_file("round_00")), first);
  }
  EXPECT_GE(runs, 1);
}

TEST(E2eOldRun, OfAVersionThatKnewFewerSettingsGoesOnToTheSameEnd) {
  const LoopExperiment tiny;
  ASSERT_EQ(tiny.loop("run", "new").status, 0);
  ASSERT_EQ(tiny.loop("train", "old").status, 0);
  // As it was at step 6 of 8.
  fs::remove(tiny.run_file("old", "round_00/train/DONE"));
  const std::string last = tiny.run_file("old", "round_00/train/last.safetensors");
  fs::remove(last);
  fs::copy_file(tiny.run_file("old", "round_00/train/step_00000006.safetensors"), last);
  forget(tiny.run_file("old", "experiment.yaml"), "join_hums");
  forget(tiny.run_file("old", "experiment.yaml"), "songs_per_round");
  forget(last, "floor_db");
  const auto result = tiny.loop("run", "old");
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("last.safetensors (step 6)"));
  tiny.expect_same("new", "old", LoopExperiment::results());
}

TEST(E2eOldRun, GoesOnInAnotherPlace) {
  const LoopExperiment tiny;
  ASSERT_EQ(tiny.loop("train", "a").status, 0);
  fs::create_directories(tiny.path("moved"));
  fs::rename(tiny.path("runs/a"), tiny.path("moved/b"));
  fs::rename(tiny.path("shards"), tiny.path("moved/shards"));
  fs::rename(tiny.path("corpus/hums.csv"), tiny.path("corpus/renamed.csv"));
  const std::vector<std::string> there = {"runs=" + tiny.path("moved/../moved"),
                                          "data.shards=" + tiny.path("moved/shards"),
                                          "data.groups=" + tiny.path("corpus/renamed.csv")};
  auto result = tiny.loop("train", "b", there);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("is finished already"));
  result = tiny.loop("mine", "b", there);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(fs::exists(tiny.path("moved/b/round_01/mine/mined.csv")));
}

}  // namespace
}  // namespace melomine
