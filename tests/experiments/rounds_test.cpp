#include "experiments/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/atomic_file.h"
#include "core/error.h"
#include "experiments/round_record.h"
#include "experiments/stage_inputs.h"
#include "models/checkpoint.h"
#include "tests/experiments/song_shards.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;
using datasets::RecordingKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::songs_of_three;
using testing::SongShards;
using Songs = std::vector<std::string>;

template <class Action>
std::string data_error_of(const Action& action) {
  try {
    action();
  } catch (const DataError& e) {
    return e.what();
  }
  return {};
}

TEST(TrainingVerdicts, AreThoseOfWhenItWasBegun) {
  const testing::TempFolder folder;
  const RunLayout layout(folder.path());
  EXPECT_EQ(verdicts_of_training(layout, 1), "");
  write_file_atomically(layout.verdicts(), "first\n");
  EXPECT_EQ(verdicts_of_training(layout, 1), "first\n");
  const fs::path inputs = layout.inputs(1, StageKind::kTrain);
  make_folder(inputs.parent_path());
  write_inputs(inputs, {});  // begun before there were any
  EXPECT_EQ(verdicts_of_training(layout, 1), "");
  write_inputs(inputs, {{std::string(kVerdictsKey) + " (verdicts.jsonl)", "0"}});
  EXPECT_THAT(data_error_of([&] { verdicts_of_training(layout, 1); }), HasSubstr("is gone"));
  write_file_atomically(layout.training_verdicts(1), "then\n");
  EXPECT_EQ(verdicts_of_training(layout, 1), "then\n");
}

TEST(MineableSongs, AreTrainedOnAndHaveAnOriginalAndACover) {
  auto recordings = songs_of_three(6);
  const auto drop = [&](const char* id) {
    std::erase_if(recordings, [&](const auto& r) { return r.recording_id == id; });
  };
  drop("b_original");
  drop("c_cover");
  drop("d_hum");
  std::reverse(recordings.begin(), recordings.end());
  Split split;
  split.train = {"a", "b", "c", "d"};
  split.validation = {"e"};
  split.held_out = {"f"};
  EXPECT_EQ(mineable_songs(SongShards(recordings).corpus(), split), (Songs{"a", "d"}));
}

const Songs kSongs = {"a", "b", "c", "d", "e", "f", "g"};

Songs songs_of(int64_t songs_per_round, int round, int64_t seed = 1) {
  ExperimentConfig config;
  config.loop.songs_per_round = songs_per_round;
  config.seed = seed;
  return songs_of_round(config, kSongs, round);
}

TEST(SongsOfRound, AreAllOfThemWhereNoNumberOrALargeOneIsAskedFor) {
  for (const int64_t count : {0, 7, 8, 1000})
    for (const int round : {1, 2, 9}) EXPECT_EQ(songs_of(count, round), kSongs);
}

TEST(SongsOfRound, AreSortedAndAsManyAsAskedForWithoutRepeats) {
  for (int64_t count = 1; count < 7; ++count) {
    for (int round = 1; round <= 20; ++round) {
      const Songs songs = songs_of(count, round);
      EXPECT_THAT(songs, SizeIs(static_cast<size_t>(count)));
      EXPECT_TRUE(std::is_sorted(songs.begin(), songs.end()));
      EXPECT_EQ(std::set(songs.begin(), songs.end()).size(), songs.size());
    }
  }
}

TEST(SongsOfRound, GoRoundSoThatAfterSevenRoundsEverySongHadItsTurnEquallyOften) {
  for (int64_t count = 1; count < 7; ++count) {
    std::map<std::string, int64_t> turns;
    for (int round = 1; round <= 7; ++round)
      for (const std::string& song : songs_of(count, round)) ++turns[song];
    ASSERT_EQ(turns.size(), kSongs.size());
    for (const auto& [song, times] : turns) EXPECT_EQ(times, count) << song;
    EXPECT_EQ(songs_of(count, 8), songs_of(count, 1));
  }
}

TEST(SongsOfRound, DoNotComeBackBeforeTheOthersHadTheirTurn) {
  Songs first_three;
  for (int round = 1; round <= 3; ++round)
    for (const std::string& song : songs_of(2, round)) first_three.push_back(song);
  EXPECT_EQ(std::set(first_three.begin(), first_three.end()).size(), 6u);
}

TEST(SongsOfRound, AreDrawnByTheSeed) {
  std::set<Songs> drawn;
  for (int64_t seed = 0; seed < 8; ++seed) drawn.insert(songs_of(3, 1, seed));
  EXPECT_GT(drawn.size(), 4u);  // of 35 possible sets
}

class Rounds : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.runs = folder_.path();
    config_.name = "run";
  }
  RunLayout layout() const { return layout_of(config_); }
  fs::path train(int round) const { return layout().stage(round, StageKind::kTrain); }

  /// A finished training whose best checkpoint has this metric; none without validation.
  void finish_training(int round, std::optional<double> mrr) const {
    models::Checkpoint checkpoint;
    checkpoint.tensors = {{"x", torch::zeros({1})}};
    checkpoint.metadata = {{"best_step", mrr ? "4" : "-1"},
                           {"best_metric", std::to_string(mrr.value_or(-1))}};
    models::save_checkpoint(train(round) / "last.safetensors", checkpoint);
    if (mrr) models::save_checkpoint(train(round) / "best.safetensors", checkpoint);
    write_file_atomically(train(round) / "DONE", "x\n");
  }
  void finish_mining(int round) const {
    write_file_atomically(layout().mined_table(round), "x\n");
    write_file_atomically(layout().done(round, StageKind::kMine), "x\n");
  }

  testing::TempFolder folder_;
  ExperimentConfig config_;
};

TEST_F(Rounds, TheCheckpointIsTheBestOneWhereThereWasValidation) {
  EXPECT_THAT(data_error_of([&] { trained_checkpoint(config_, 0); }), HasSubstr("run `melomine train` with"));
  EXPECT_THAT(data_error_of([&] { trained_checkpoint(config_, 2); }),
              HasSubstr("run `melomine train --round 2` with"));
  finish_training(0, std::nullopt);
  EXPECT_EQ(trained_checkpoint(config_, 0), train(0) / "last.safetensors");
  finish_training(1, 0.5);
  EXPECT_EQ(trained_checkpoint(config_, 1), train(1) / "best.safetensors");
}

TEST_F(Rounds, ABestCheckpointThatVanishedIsNotSilentlyReplacedByTheLast) {
  config_.train.validate_every = trainer::steps(2);
  finish_training(0, 0.5);
  fs::remove(train(0) / "best.safetensors");
  const std::string message = data_error_of([&] { trained_checkpoint(config_, 0); });
  EXPECT_THAT(message, HasSubstr("best.safetensors: is gone; put it back, or remove"));
  fs::remove(train(0) / "DONE");  // a training that has not validated yet
  EXPECT_EQ(trained_checkpoint(config_, 0), train(0) / "last.safetensors");
}

TEST_F(Rounds, WithoutAGateTheLatestEncoderIsInForce) {
  finish_training(0, 0.9);
  finish_training(1, 0.1);
  EXPECT_EQ(encoder_in_force(config_, 1), train(1) / "best.safetensors");
  EXPECT_EQ(encoder_in_force(config_, 0), train(0) / "best.safetensors");
}

TEST_F(Rounds, AnUnfinishedTrainingHasNoEncoderToMineWith) {
  finish_training(0, 0.9);
  fs::remove(train(0) / "DONE");
  EXPECT_THAT(data_error_of([&] { encoder_in_force(config_, 0); }),
              HasSubstr("its training has not finished; run `melomine train` with"));
}

TEST_F(Rounds, UnderAGateEveryTrainingUpToTheRoundMustHaveFinished) {
  config_.loop.gate = GateBy::kValidation;
  for (const int unfinished : {0, 1, 2}) {
    for (int r = 0; r < 3; ++r) finish_training(r, 0.5 + 0.1 * r);
    fs::remove(train(unfinished) / "DONE");
    EXPECT_THAT(data_error_of([&] { encoder_in_force(config_, 2); }),
                HasSubstr("its training has not finished"));
  }
  EXPECT_EQ(encoder_in_force(config_, 1), train(1) / "best.safetensors");
}

TEST_F(Rounds, TheGateComparesWithTheEncoderInForceNotWithTheOneBefore) {
  config_.loop.gate = GateBy::kValidation;
  const std::vector<double> metrics = {0.5, 0.4, 0.45, 0.6, 0.6, 0.3};
  for (size_t r = 0; r < metrics.size(); ++r) finish_training(static_cast<int>(r), metrics[r]);
  std::vector<int> in_force;
  for (int round = 0; round < 6; ++round) {
    for (int r = 0; r < 6; ++r)
      if (encoder_in_force(config_, round).parent_path() == train(r)) in_force.push_back(r);
  }
  EXPECT_THAT(in_force, ElementsAre(0, 0, 0, 3, 4, 4));
}

TEST_F(Rounds, TrainedOnAreTheMinedSetsOfAllRoundsOrOfTheLatest) {
  EXPECT_TRUE(mined_tables(config_, 0).empty());
  finish_mining(2);
  EXPECT_THAT(data_error_of([&] { mined_tables(config_, 2); }),
              HasSubstr("round 1 is not mined yet; run `melomine mine --round 1`"));
  finish_mining(1);
  const auto table = [&](int round) { return layout().mined_table(round); };
  EXPECT_THAT(mined_tables(config_, 2), ElementsAre(table(1), table(2)));
  config_.loop.keep = KeepMined::kLatest;
  EXPECT_THAT(mined_tables(config_, 2), ElementsAre(table(2)));
  EXPECT_TRUE(mined_tables(config_, 0).empty());
  fs::remove(layout().done(2, StageKind::kMine));
  EXPECT_THAT(data_error_of([&] { mined_tables(config_, 2); }), HasSubstr("round 2 is not mined yet"));
}

TEST_F(Rounds, ARecordComesBackAsItWasWritten) {
  EXPECT_EQ(read_round(layout(), 3), std::nullopt);
  RoundRecord record;
  record.round = 3;
  record.accepted = false;
  record.reason = "validation MRR fell";
  record.stop_reason = "the yield has not risen";
  record.validation_mrr = 0.1;
  record.songs_mined = 12;
  record.relevant = 345;
  record.seconds = {{"mine", 1.5}, {"train", 0.25}};
  write_round(layout(), record);
  const auto back = read_round(layout(), 3);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->round, 3);
  EXPECT_FALSE(back->accepted);
  EXPECT_EQ(back->reason, record.reason);
  EXPECT_EQ(back->stop_reason, record.stop_reason);
  EXPECT_EQ(back->validation_mrr, record.validation_mrr);
  EXPECT_EQ(back->songs_mined, 12);
  EXPECT_EQ(back->relevant, 345);
  EXPECT_EQ(back->seconds, record.seconds);
  record.validation_mrr = std::nullopt;
  write_round(layout(), record);
  EXPECT_EQ(read_round(layout(), 3)->validation_mrr, std::nullopt);
}

TEST_F(Rounds, ADamagedRecordIsNamedWithTheRemedy) {
  for (const char* content : {"", "[]", "{}", "{\"round\": \"three\"}", "{\"round\": 3"}) {
    SCOPED_TRACE(content);
    write_file_atomically(layout().round_record(3), content);
    const std::string message = data_error_of([&] { read_round(layout(), 3); });
    EXPECT_THAT(message, HasSubstr("round.json: is damaged"));
    EXPECT_THAT(message, HasSubstr("remove it, `melomine run` makes it again"));
  }
}

}  // namespace
}  // namespace melomine::experiments
