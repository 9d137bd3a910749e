#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/csv.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/support/ffmpeg.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::expect_refusal;
using ::testing::HasSubstr;

/// The tiny experiment, refusing leaks as runs do by default.
class E2eLeaks : public ::testing::Test {
 protected:
  /// @param set  of evaluate.sets
  std::vector<std::string> with(const std::string& set, std::vector<std::string> more = {}) const {
    std::vector<std::string> settings = {"leaks=refuse", "train.length=2s", "train.validate_every=0s",
                                         "data.validation_songs=0", "evaluate.sets=[" + set + "]"};
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
  }
  std::string all_songs() const {
    return "{name: all, type: tables, bootstrap_resamples: 100, queries: " +
           tiny_.path("corpus/queries.csv") + ", references: [" + tiny_.path("corpus/references.csv") + "]}";
  }
  /// Ingests the corpus with a row more. @returns the settings that hold out song s00001 of it
  std::vector<std::string> shards_with(const std::string& row) const {
    write_file_atomically(tiny_.path("corpus/more.csv"),
                          read_file(tiny_.path("corpus/songs_vocals.csv")) + row);
    const auto result =
        testing::run_melomine({"ingest", tiny_.path("corpus/more.csv"), "--out", tiny_.path("more")});
    if (result.status != 0) throw std::runtime_error(result.output);
    return {"data.shards=" + tiny_.path("more"), "data.held_out_songs=0", "data.held_out_ids=[s00001]"};
  }

  const testing::TinyExperiment tiny_;
  const std::string held_out_ = "{name: held_out, bootstrap_resamples: 100}";
};

TEST_F(E2eLeaks, AGeneratedCorpusHasNone) {
  const auto result = tiny_.run("train", "clean", with(held_out_));
  EXPECT_EQ(result.status, 0) << result.output;
  const CsvTable table = CsvTable::read(tiny_.run_file("clean", "leaks.csv"));
  for (size_t row = 0; row < table.size(); ++row) EXPECT_EQ(table.text(row, "kind"), "title");
}

TEST_F(E2eLeaks, ACodedExcerptOfAHeldOutSongAmongThoseTrainedOnIsRefused) {
  testing::ffmpeg({"-ss", "3", "-i", tiny_.path("corpus/vocals/s00001_original.flac"), "-t", "10",
                   "-filter:a", "volume=-9dB", "-b:a", "64k", tiny_.path("corpus/copy.mp3")});
  const auto shards = shards_with("copy,s00002,cover,copy.mp3,,,\n");
  const auto refused = tiny_.run("train", "copied", with(held_out_, shards));
  expect_refusal(refused, 2, "data leak: 's00001_original' of song 's00001' (held out) is the same audio");
  EXPECT_THAT(refused.output, HasSubstr("'copy' of song 's00002', which is trained on"));
  EXPECT_THAT(refused.output, HasSubstr("leaks=report"));
  EXPECT_FALSE(fs::exists(tiny_.run_file("copied", "round_00")));
  const CsvTable table = CsvTable::read(tiny_.run_file("copied", "leaks.csv"));
  ASSERT_GE(table.size(), 1U);
  EXPECT_EQ(table.text(0, "kind"), "audio");
  EXPECT_NEAR(table.number(0, "evaluated_s"), 3, 0.1);

  auto reported = with(held_out_, shards);
  reported.emplace_back("leaks=report");
  const auto told = tiny_.run("train", "copied", reported);
  EXPECT_EQ(told.status, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr("1 by audio"));
  // What is only told is no other experiment.
  EXPECT_EQ(tiny_.run("evaluate", "copied", reported).status, 0);
  expect_refusal(tiny_.run("evaluate", "copied", with(held_out_, shards)), 2, "data leak: ");
}

TEST_F(E2eLeaks, TrainedHumsInATableOfQueriesAreListedByTheCheckAlone) {
  auto settings = with(all_songs());
  settings.insert(settings.begin(), "--check-leaks");
  const auto checked = tiny_.run("evaluate", "checked", settings);
  EXPECT_EQ(checked.status, 1) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("of set 'all' is the same audio"));
  EXPECT_FALSE(fs::exists(tiny_.run_file("checked", "experiment.yaml")));
  expect_refusal(tiny_.run("train", "checked", with(all_songs())), 2, "data leak: ");

  settings.emplace_back("leaks=report");
  EXPECT_EQ(tiny_.run("evaluate", "checked", settings).status, 0);
  expect_refusal(
      testing::run_melomine({"evaluate", "--check-leaks", "--queries", tiny_.path("corpus/queries.csv")}), 2,
      "--check-leaks needs an experiment");
}

TEST_F(E2eLeaks, WhatCouldNotBeReadIsComparedTheNextTime) {
  auto settings = with(all_songs(), {"leaks=report"});
  settings.insert(settings.begin(), "--check-leaks");
  const CsvTable queries = CsvTable::read(tiny_.path("corpus/queries.csv"));
  const fs::path hum = tiny_.path("corpus/" + queries.text(queries.size() - 1, "query"));
  const std::string sound = read_file(hum);
  write_file_atomically(hum, "no audio");
  const auto first = tiny_.run("evaluate", "unread", settings);
  EXPECT_THAT(first.output, HasSubstr("could not be read and were not compared"));
  const size_t found = CsvTable::read(tiny_.run_file("unread", "leaks.csv")).size();
  write_file_atomically(hum, sound);
  tiny_.run("evaluate", "unread", settings);
  EXPECT_GT(CsvTable::read(tiny_.run_file("unread", "leaks.csv")).size(), found);
}

TEST_F(E2eLeaks, ASetThatIsNotThereYetDoesNotStopTraining) {
  const std::string absent =
      "{name: later, type: each_other, queries: " + tiny_.path("gone/queries.csv") + "}";
  const auto result = tiny_.run("train", "later", with(absent));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("set 'later' is compared when it is there"));
}

}  // namespace
}  // namespace melomine
