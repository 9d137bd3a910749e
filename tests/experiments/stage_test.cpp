#include "experiments/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "datasets/ingest_state.h"
#include "tests/support/temp_folder.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

/// A run folder and tables to make stages from.
class StageOfARun : public ::testing::Test {
 protected:
  StageOfARun() {
    config_.runs = folder_ / "runs";
    config_.name = "a";
    config_.data.groups = folder_ / "hums.csv";
    config_.data.shards = folder_ / "shards";
    write_file_atomically(config_.data.groups, "hums\n");
    write_file_atomically(fs::path(config_.data.shards) / datasets::kIngestDoneFile, "shards\n");
  }

  RunLayout layout() const { return RunLayout(fs::path(config_.runs) / config_.name); }
  StageSpec spec(StageKind kind = StageKind::kTrain, Repeat repeat = Repeat::kNever) const {
    StageSpec spec{.kind = kind,
                   .round = 0,
                   .inputs = {},
                   .outputs = {layout().stage(0, kind) / "result"},
                   .repeat = repeat};
    add_input(spec.inputs, "data.groups", config_.data.groups);
    add_input(spec.inputs, kShardsKey, config_.data.shards);
    return spec;
  }
  std::optional<Stage> begin(StageKind kind = StageKind::kTrain, Repeat repeat = Repeat::kNever) const {
    return Stage::begin(layout(), spec(kind, repeat), config_, {"build", "command"});
  }
  void complete(StageKind kind = StageKind::kTrain) const {
    auto stage = begin(kind);
    ASSERT_TRUE(stage);
    stage->open();
    write_file_atomically(stage->folder() / "result", "x");
    EXPECT_GE(stage->finish(), 0);
  }
  /// The kept experiment as a version wrote it that did not know this setting.
  void forget(const std::string& line) const {
    std::string text = read_file(layout().experiment());
    const size_t at = text.find(line + "\n");
    ASSERT_NE(at, std::string::npos) << line;
    text.erase(text.rfind('\n', at) + 1, at + line.size() - text.rfind('\n', at));
    write_file_atomically(layout().experiment(), text);
    ASSERT_EQ(text.find(line), std::string::npos);
  }

  testing::TempFolder folder_;
  ExperimentConfig config_;
};

TEST_F(StageOfARun, BeginningWritesNothingAndOpeningKeepsWhatItIsBegunWith) {
  auto stage = begin();
  ASSERT_TRUE(stage);
  EXPECT_FALSE(fs::exists(config_.runs));
  stage->open();
  EXPECT_EQ(read_file(layout().experiment()), configs::to_yaml(config_));
  EXPECT_THAT(read_file(layout().provenance()), HasSubstr("\"command\": \"command\""));
  EXPECT_EQ(read_inputs(layout().inputs(0, StageKind::kTrain)), spec().inputs);
  EXPECT_FALSE(fs::exists(layout().done(0, StageKind::kTrain)));
}

TEST_F(StageOfARun, IsFinishedWithItsOutputsAndItsInputsOnly) {
  complete();
  EXPECT_FALSE(begin());
  fs::remove(layout().stage(0, StageKind::kTrain) / "result");
  EXPECT_TRUE(begin());
  complete();
  write_file_atomically(config_.data.groups, "other hums\n");
  EXPECT_THAT(error_of([&] { begin(); }),
              HasSubstr("was begun with other inputs; what changed since: data.groups (" +
                        config_.data.groups + ");"));
}

TEST_F(StageOfARun, AnEvaluationIsDoneAgainWhenItsInputsChanged) {
  complete(StageKind::kEvaluate);
  EXPECT_FALSE(begin(StageKind::kEvaluate, Repeat::kWhenChanged));
  EXPECT_TRUE(begin(StageKind::kEvaluate, Repeat::kAlways));
  write_file_atomically(config_.data.groups, "other hums\n");
  auto again = begin(StageKind::kEvaluate, Repeat::kWhenChanged);
  ASSERT_TRUE(again);
  again->open();
  EXPECT_FALSE(fs::exists(layout().done(0, StageKind::kEvaluate)));
  again.reset();
  complete(StageKind::kEvaluate);
  EXPECT_FALSE(begin(StageKind::kEvaluate, Repeat::kWhenChanged));
}

TEST_F(StageOfARun, EveryStageRefusesAnotherExperimentNamingWhatChanged) {
  complete();
  config_.seed = 2;
  for (const StageTraits& stage : all_stages()) {
    const std::string message = error_of([&] { begin(stage.kind, Repeat::kAlways); });
    EXPECT_THAT(message,
                HasSubstr("holds a run of another experiment; what changed:\n  - seed: 1\n  + seed: 2\n"));
    EXPECT_THAT(message, HasSubstr("give this one another name (name=…)"));
  }
}

TEST_F(StageOfARun, HowItIsEvaluatedMayDifferFromWhatTheRunWasBegunWith) {
  complete();
  config_.evaluate.sets.emplace_back().name = "more";
  config_.train.device = "cuda";
  EXPECT_TRUE(begin(StageKind::kEvaluate, Repeat::kAlways));
  EXPECT_THAT(error_of([&] { begin(StageKind::kTrain); }), HasSubstr("another experiment"));
}

TEST_F(StageOfARun, WhatBecomesOfLeaksMayDifferAndIsWrittenWhereItIsSaid) {
  complete();
  EXPECT_THAT(read_file(layout().experiment()), Not(HasSubstr("leaks")));  // as versions before wrote it
  config_.leaks = Leaks::kReport;
  EXPECT_THAT(configs::to_yaml(config_), HasSubstr("leaks: report\n"));
  EXPECT_FALSE(begin(StageKind::kTrain));
  EXPECT_TRUE(begin(StageKind::kEvaluate, Repeat::kAlways));
}

TEST_F(StageOfARun, WhatIsEvaluatedMayMoveBeforeAnythingWasEvaluated) {
  const auto set_of = [](const fs::path& folder) {
    return fmt::format("{{name: real, queries: {}, references: [{}]}}", (folder / "q.csv").string(),
                       (folder / "r.csv").string());
  };
  const auto plan = [&](const fs::path& folder, const std::string& more = "") {
    return configs::parse_config<EvaluationPlan>("sets: [" + set_of(folder) + "]\n" + more, "test.yaml");
  };
  config_.evaluate = plan(folder_ / "tables");
  complete();
  config_.evaluate = plan(folder_ / "elsewhere");
  EXPECT_FALSE(begin());
  EXPECT_TRUE(begin(StageKind::kMine));
  config_.evaluate = plan(folder_ / "elsewhere", "keep_going: true\n");  // what a message there recommends
  EXPECT_FALSE(begin());
  config_.evaluate.sets[0].settings.bootstrap_resamples = 10;
  EXPECT_THAT(error_of([&] { begin(); }), HasSubstr("another experiment"));
}

TEST_F(StageOfARun, GoesOnWithAnExperimentWrittenBeforeASettingExisted) {
  complete();
  forget("join_hums: false");
  EXPECT_FALSE(begin());
  fs::remove(layout().done(0, StageKind::kTrain));
  auto stage = begin();
  ASSERT_TRUE(stage);
  stage->open();
  stage.reset();
  config_.loop.join_hums = true;  // no longer what it was begun with
  EXPECT_THAT(error_of([&] { begin(); }), HasSubstr("-   join_hums: false\n  +   join_hums: true"));
}

TEST_F(StageOfARun, GoesOnInAnotherPlaceAndWithAnotherSpellingOfItsPaths) {
  complete();
  fs::create_directories(folder_ / "elsewhere");
  fs::rename(layout().folder(), folder_ / "elsewhere" / "b");
  config_.runs = folder_ / "elsewhere";
  config_.name = "b";
  config_.data.shards = folder_ / "elsewhere" / ".." / "shards";
  EXPECT_FALSE(begin());
  // The same data in another place is known by its hash.
  fs::rename(config_.data.groups, folder_ / "moved.csv");
  config_.data.groups = folder_ / "moved.csv";
  EXPECT_FALSE(begin());
  fs::copy_file(folder_ / "moved.csv", folder_ / "copy.csv");
  write_file_atomically(folder_ / "copy.csv", "other hums\n");
  config_.data.groups = folder_ / "copy.csv";
  EXPECT_THAT(error_of([&] { begin(); }), HasSubstr("another experiment"));
}

TEST_F(StageOfARun, OtherDataThanTheRunsIsRefusedInAStageNotBegunYet) {
  complete();
  write_file_atomically(folder_ / "other" / datasets::kIngestDoneFile, "other shards\n");
  config_.data.shards = folder_ / "other";
  EXPECT_THAT(error_of([&] { begin(StageKind::kMine); }), HasSubstr("+   shards: "));
}

TEST_F(StageOfARun, AnotherProcessIsRefusedAsLongAsTheStageIsAtWork) {
  auto stage = begin();
  stage->open();
  const pid_t child = fork();
  if (child == 0) _exit(error_of([&] { begin(); }).find("another process is working") == std::string::npos);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  stage.reset();
  EXPECT_TRUE(begin());
}

TEST_F(StageOfARun, OfTwoBegunAtTheSameMomentTheOneThatOpensLaterIsRefused) {
  auto first = begin(), second = begin();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);  // there was no run that it could have met
  first->open();
  EXPECT_THAT(error_of([&] { second->open(); }), HasSubstr("another process is working in this folder"));
  write_file_atomically(first->folder() / "result", "x");
  first->finish();
  EXPECT_EQ(read_inputs(layout().inputs(0, StageKind::kTrain)), spec().inputs);
  first.reset();
  EXPECT_FALSE(begin());
}

TEST_F(StageOfARun, OfTwoExperimentsBegunAtTheSameMomentTheLaterOneFindsTheRunTaken) {
  auto first = begin();
  config_.seed = 2;
  auto second = begin();
  first->open();
  first.reset();  // it has left, but the run is its experiment's
  EXPECT_THAT(error_of([&] { second->open(); }), HasSubstr("another experiment"));
}

TEST_F(StageOfARun, WorkersOfOtherNamesShareItAndThoseOfOneNameDoNot) {
  const auto worker = [&](const std::string& name) {
    StageSpec shared = spec(StageKind::kMine);
    shared.worker = name;
    return Stage::begin(layout(), shared, config_, {"build", "command"});
  };
  auto first = worker("0-of-2");
  first->open();
  auto second = worker("1-of-2");
  EXPECT_NO_THROW(second->open());
  EXPECT_THAT(error_of([&] { worker("0-of-2"); }), HasSubstr("another process is working"));
  EXPECT_THAT(error_of([&] { begin(StageKind::kMine); }), HasSubstr("another process is working"));
}

TEST_F(StageOfARun, TwoRunsOneAfterTheOtherHaveEachItsOwnLines) {
  {
    auto first = begin();
    first->open();
    log_info("of the first");
    first->finish();
  }
  log_info("of none");
  const fs::path first_log = layout().log();
  config_.name = "b";
  {
    auto second = begin();
    second->open();
    log_info("of the second");
  }
  EXPECT_THAT(read_file(first_log),
              AllOf(HasSubstr("of the first\n"), Not(HasSubstr("of none")), Not(HasSubstr("of the second"))));
  EXPECT_THAT(read_file(layout().log()), AllOf(HasSubstr("of the second\n"), Not(HasSubstr("of the first"))));
}

TEST_F(StageOfARun, StagesOfARunThatIsHeldLogToItBetweenThemToo) {
  const auto lock = std::make_shared<RunLock>(layout());
  for (const StageKind kind : {StageKind::kTrain, StageKind::kEvaluate}) {
    auto stage = Stage::begin(layout(), spec(kind), config_, {"build", "command", lock});
    stage->open();
    log_info("in a stage");
    stage->finish();
    stage.reset();
    log_info("after a stage");
  }
  std::string text = read_file(layout().log());
  for (const char* line : {"in a stage\n", "after a stage\n", "in a stage\n", "after a stage\n"}) {
    const size_t at = text.find(line);
    ASSERT_NE(at, std::string::npos) << line;
    text.erase(0, at + std::string(line).size());
  }
  EXPECT_EQ(text, "");
}

TEST(StageInputs, AFolderIsHashedByItsContentAndTheNamesOfItsFiles) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "refs/a.mid", "a");
  write_file_atomically(folder / "refs/b.mid", "b");
  const auto hash = [&] { return sha256_of_input("evaluate.sets[0].references[0]", folder / "refs"); };
  const std::string before = hash();
  fs::rename(folder / "refs", folder / "other");
  fs::rename(folder / "other", folder / "refs");
  EXPECT_EQ(hash(), before);
  write_file_atomically(folder / "refs/b.mid", "c");
  EXPECT_NE(hash(), before);
  write_file_atomically(folder / "refs/b.mid", "b");
  EXPECT_EQ(hash(), before);
  write_file_atomically(folder / "refs/._b.mid", "left by macOS");
  fs::create_symlink(folder / "gone", folder / "refs/link");
  EXPECT_EQ(hash(), before);
  fs::create_directories(folder / "refs/more");
  EXPECT_EQ(hash(), before);
  fs::rename(folder / "refs/b.mid", folder / "refs/more/b.mid");
  EXPECT_NE(hash(), before);
  fs::rename(folder / "refs/more/b.mid", folder / "refs/c.mid");
  EXPECT_NE(hash(), before);
  EXPECT_EQ(sha256_of_input("evaluate.sets[0].references[0]", folder / "refs/"), hash());
}

TEST(StageInputs, AFolderIsHashedAsVersionsBeforeDid) {
  const testing::TempFolder folder;
  // Sorted by the parts of the path: the folder a before the file a.mid, though '.' is less than '/'.
  for (const char* name : {"a/x.mid", "a.mid", "b.mid"}) write_file_atomically(folder / name, name);
  std::string lines;
  for (const char* name : {"a/x.mid", "a.mid", "b.mid"}) lines += sha256_of(name) + " " + name + "\n";
  EXPECT_EQ(sha256_of_input("evaluate.sets[0].references[0]", folder.path()), sha256_of(lines));
}

TEST(StageInputs, ATableThatVanishedIsNamedWithItsKey) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "t.csv", "x");
  EXPECT_EQ(sha256_of_input("data.groups", folder / "t.csv"), sha256_of("x"));
  EXPECT_THAT(
      error_of([&] { sha256_of_input("data.groups", folder / "gone.csv"); }),
      HasSubstr("gone.csv: cannot open: No such file or directory; put it back or correct data.groups"));
  fs::create_directories(folder / "tables");
  EXPECT_THAT(error_of([&] { sha256_of_input("data.groups", folder / "tables"); }),
              HasSubstr("is a folder, not a file"));
}

TEST(StageInputs, ThoseThatChangedAreNamedWhereverTheyLie) {
  const StageInputs begun = {
      {"data.groups (a/h.csv)", "1"}, {"mined (round_01)", "2"}, {"mined (round_02)", "3"}};
  EXPECT_EQ(changed_inputs(begun, begun), "");
  EXPECT_EQ(changed_inputs(begun, {{"data.groups (b/h.csv)", "1"}}), "");
  EXPECT_EQ(changed_inputs(begun, {{"data.groups (a/h.csv)", "4"}, {"mined (round_02)", "2"}}),
            "data.groups (a/h.csv)");
  EXPECT_EQ(changed_inputs(begun, {{"mined (round_01)", "2"}, {"mined (round_02)", "2"}}),
            "mined (round_02)");
  EXPECT_EQ(changed_inputs(begun, {{"init (x)", "1"}}), "init (x)");
}

TEST(StageInputs, ADamagedFileIsNamed) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "inputs.json", "[1");
  EXPECT_THAT(error_of([&] { read_inputs(folder / "inputs.json"); }), HasSubstr("inputs.json: is damaged"));
  EXPECT_TRUE(read_inputs(folder / "absent.json").empty());
}

TEST(RunLayout, TellsTheRunAroundACheckpoint) {
  const testing::TempFolder folder;
  const RunLayout layout(folder / "run");
  EXPECT_EQ(layout.last_checkpoint(7), folder / "run/round_07/train/last.safetensors");
  EXPECT_EQ(layout.mined_part(42, 3), folder / "run/round_42/mine/part-00003.h5");
  EXPECT_EQ(RunLayout::around(layout.last_checkpoint(7)), std::nullopt);
  write_file_atomically(layout.experiment(), "seed: 1\n");
  ASSERT_TRUE(RunLayout::around(layout.last_checkpoint(7)));
  EXPECT_EQ(RunLayout::around(layout.last_checkpoint(7))->folder(), folder / "run");
  EXPECT_EQ(RunLayout::around(folder / "run/train/last.safetensors"), std::nullopt);
}

TEST(RunLayout, ListsTheRoundsAndSetsThatAreThere) {
  const testing::TempFolder folder;
  const RunLayout layout(folder / "run");
  EXPECT_TRUE(layout.rounds().empty());
  for (const char* name : {"round_10", "round_02", "round_x", "rounds", "round_-1"})
    fs::create_directories(layout.folder() / name);
  write_file_atomically(layout.folder() / "round_03", "a file");
  EXPECT_THAT(layout.rounds(), ::testing::ElementsAre(2, 10));
  write_file_atomically(layout.evaluation_report(2, "held_out"), "{}");
  fs::create_directories(layout.evaluation(2, "begun"));
  EXPECT_THAT(layout.evaluated_sets(2), ::testing::ElementsAre("held_out"));
  EXPECT_TRUE(layout.evaluated_sets(10).empty());
}

TEST_F(StageOfARun, KeepsWhatItWasBegunWithOnce) {
  StageSpec first = spec();
  first.kept.emplace("kept.txt", "as it was");
  Stage::begin(layout(), first, config_, {"build", "command"})->open();
  const fs::path kept = layout().stage(0, StageKind::kTrain) / "kept.txt";
  EXPECT_EQ(read_file(kept), "as it was");
  StageSpec again = spec();
  again.kept.emplace("kept.txt", "as it is");
  Stage::begin(layout(), again, config_, {"build", "command"})->open();
  EXPECT_EQ(read_file(kept), "as it was");
}

}  // namespace
}  // namespace melomine::experiments
