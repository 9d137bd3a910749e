#include "experiments/first_training.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "tests/support/temp_folder.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

std::string first_of(const std::vector<std::string>& settings) {
  return configs::to_yaml(
      first_training(configs::load_config<ExperimentConfig>("experiments/demo.yaml", settings)));
}

TEST(FirstTraining, DoesNotDependOnWhatComesAfterIt) {
  const std::string first = first_of({"train.validate_every=0s", "loop.gate=none"});
  for (const char* setting : {"mine.match.relevant=0.9", "loop.rounds=7", "loop.hum_share=0.3", "name=other",
                              "runs=elsewhere", "evaluate.keep_going=true"})
    EXPECT_EQ(first_of({"train.validate_every=0s", "loop.gate=none", setting}), first) << setting;
}

TEST(FirstTraining, DependsOnWhatItReads) {
  const std::string first = first_of({});
  for (const char* setting : {"seed=99", "train.length=3s", "losses[0].weight=0.5", "train.threads=7",
                              "data.shards=elsewhere", "prefetch.workers=3"})
    EXPECT_NE(first_of({setting}), first) << setting;
}

TEST(FirstTraining, DependsOnHowItIsSearchedWhereItIsValidated) {
  const std::vector<std::string> validated = {"train.validate_every=5s", "data.validation_songs=2"};
  auto other = validated;
  other.emplace_back("evaluate.keep_going=true");
  EXPECT_NE(first_of(validated), first_of(other));
}

TEST(FirstTraining, IsGivenToAnotherRunWholeAndOnce) {
  const melomine::testing::TempFolder folder;
  const RunLayout from(folder / "a"), to(folder / "b");
  const ExperimentConfig experiment;
  write_file_atomically(from.last_checkpoint(0), "weights");
  write_file_atomically(from.metrics(0), "lines");
  EXPECT_FALSE(share_first_training(from, to, experiment)) << "it has not finished";
  EXPECT_FALSE(fs::exists(to.folder()));
  write_file_atomically(from.done(0, StageKind::kTrain), "hash");
  write_file_atomically(to.metrics(0), "of an attempt that was killed");
  write_file_atomically(to.stage(0, StageKind::kTrain) / "old", "");
  EXPECT_TRUE(share_first_training(from, to, experiment));
  EXPECT_TRUE(fs::equivalent(from.last_checkpoint(0), to.last_checkpoint(0)));
  EXPECT_EQ(read_file(to.metrics(0)), "lines");
  EXPECT_FALSE(fs::equivalent(from.metrics(0), to.metrics(0))) << "what may be appended to is copied";
  EXPECT_FALSE(fs::exists(to.stage(0, StageKind::kTrain) / "old"));
  EXPECT_EQ(read_file(to.experiment()), configs::to_yaml(experiment));
  // The run's own replaces it without touching the other's.
  write_file_atomically(to.last_checkpoint(0), "others");
  EXPECT_EQ(read_file(from.last_checkpoint(0)), "weights");
  EXPECT_TRUE(share_first_training(from, to, experiment));
  EXPECT_EQ(read_file(to.last_checkpoint(0)), "others");
}

}  // namespace
}  // namespace melomine::experiments
