#include "experiments/run_directory.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::experiments {
namespace {

TEST(RunDirectory, ContinuesTheSameExperimentAndRefusesAnotherNamingWhatChanged) {
  const testing::TempFolder folder;
  const RunDirectory first(folder / "run", "seed: 1\nname: a\n");
  EXPECT_NO_THROW(RunDirectory(folder / "run", "seed: 1\nname: a\n"));
  try {
    RunDirectory(folder / "run", "seed: 2\nname: a\n");
    FAIL();
  } catch (const ConfigError& e) {
    const std::string message = e.what();
    EXPECT_NE(message.find("- seed: 1"), std::string::npos);
    EXPECT_NE(message.find("+ seed: 2"), std::string::npos);
    EXPECT_EQ(message.find("name: a"), std::string::npos);
  }
}

TEST(RunDirectory, AStageIsDoneOnlyWithItsOwnInputs) {
  const testing::TempFolder folder;
  const RunDirectory run(folder / "run", "x");
  const auto stage = run.stage(0, "train");
  EXPECT_EQ(stage, folder.path() / "run" / "round_00" / "train");
  EXPECT_FALSE(RunDirectory::is_done(stage, "hash"));
  RunDirectory::mark_done(stage, "hash");
  EXPECT_TRUE(RunDirectory::is_done(stage, "hash"));
  EXPECT_THROW(RunDirectory::is_done(stage, "other"), ConfigError);
}

TEST(RunDirectory, ChangedInputsOfAStageAreNamed) {
  const testing::TempFolder folder;
  const RunDirectory run(folder / "run", "x");
  const auto stage = run.stage(0, "train");
  const StageInputs inputs = {{"data.groups (h.csv)", "1"}, {"data.shards (s)", "2"}};
  EXPECT_NO_THROW(RunDirectory::refuse_changed_inputs(stage, inputs));
  RunDirectory::keep_inputs(stage, inputs);
  EXPECT_NO_THROW(RunDirectory::refuse_changed_inputs(stage, inputs));
  RunDirectory::keep_inputs(stage, {});  // what the stage was begun with stays
  try {
    RunDirectory::refuse_changed_inputs(stage, {{"data.groups (h.csv)", "1"}, {"data.shards (s)", "3"}});
    FAIL();
  } catch (const ConfigError& e) {
    const std::string message = e.what();
    EXPECT_NE(message.find("what changed since: data.shards (s);"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace melomine::experiments
