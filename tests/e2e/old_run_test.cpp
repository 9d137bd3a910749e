#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/loop_experiment.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LoopExperiment;

/// A file as a version wrote it that did not know this setting: it stands in a comment.
void forget(const std::string& file, const std::string& setting) {
  std::string content = read_file(file);
  const size_t at = content.find(setting + ":");
  ASSERT_NE(at, std::string::npos) << setting << " in " << file;
  content[at] = '#';
  write_file_atomically(file, content);
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
