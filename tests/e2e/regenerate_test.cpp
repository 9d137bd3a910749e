#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/folder.h"
#include "datasets/fragment_groups.h"
#include "review/verdict_log.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/support/files_below.h"
#include "tests/support/run_melomine.h"
#include "tests/support/started_melomine.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::files_below;
using ::testing::HasSubstr;
using testing::run_melomine;

TEST(E2eExport, WhatIsExportedIsRegeneratedToTheSample) {
  const testing::TinyExperiment tiny;
  // A mined group beside the hums: an original's stretch, and another recording's.
  write_file_atomically(
      tiny.path("mined.csv"),
      "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,recording_id,round,verdict\n"
      "s00001_r01_02,2,s00001_original,original,,\"(1.25, 9.8)\",1,s00001_original,1,relevant\n"
      "s00001_r01_02,2,s00001_hum01,cover,,\"(0.5, 3.3333)\",0.8,s00001_hum01,1,uncertain\n"
      "s00001_r01_03,3,gone,original,,\"(1, 9)\",1,gone,1,relevant\n");
  const auto exported =
      run_melomine({"export", tiny.path("mined.csv"), tiny.path("corpus/hums.csv"), "--shards",
                    tiny.path("shards"), "--out", tiny.path("set"), "--fragments", "--name", "Tiny"});
  ASSERT_EQ(exported.status, 0) << exported.output;
  EXPECT_THAT(exported.output, HasSubstr("# Datasheet of Tiny"));
  EXPECT_THAT(exported.output, HasSubstr("1 rows are of recordings that the shards lack"));
  const auto made =
      run_melomine({"regenerate", tiny.path("set/dataset.csv"), "--audio", tiny.path("corpus/vocals"),
                    "--audio", tiny.path("corpus/hums"), "--out", tiny.path("made"), "--strict"});
  ASSERT_EQ(made.status, 0) << made.output;
  const auto before = files_below(tiny.path("set/fragments")),
             after = files_below(tiny.path("made/fragments"));
  EXPECT_GT(before.size(), 20u);
  EXPECT_TRUE(before.contains("s00001/r01_02/s00001_r01_02_s00001_original.flac"));
  EXPECT_EQ(before, after);
  EXPECT_EQ(run_melomine({"inspect", tiny.path("made/shards")}).status, 0);
  // What was regenerated is a data set to train on.
  const auto checked =
      run_melomine({"train", tiny.path("tiny.yaml"), "name=again", "data.shards=" + tiny.path("made/shards"),
                    "data.groups=" + tiny.path("made/groups.csv"), "data.time_maps=", "train.length=2s",
                    "train.validate_every=2s"});
  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST(E2eExport, WhatPeopleSaidOfTheRunsPairsHolds) {
  const testing::TinyExperiment tiny;
  const fs::path run = tiny.path("runs/a"), mined = run / "round_01/mine/mined.csv";
  fs::create_directories(mined.parent_path());
  write_file_atomically(run / "experiment.yaml", "name: a\n");
  write_file_atomically(
      mined,
      "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,recording_id,round,verdict\n"
      "s00001_r01_02,2,s00001_original,original,,\"(1, 5)\",1,s00001_original,1,relevant\n"
      "s00001_r01_02,2,s00001_hum01,cover,,\"(0, 3)\",0.4,s00001_hum01,1,uncertain\n"
      "s00001_r01_02,2,s00001_hum02,cover,,\"(0, 3)\",0.9,s00001_hum02,1,relevant\n");
  const auto say = [&](const std::string& hum, review::Answer answer) {
    review::append_verdict(
        run / review::kVerdictsFile,
        {.pair = {"s00001_original", {1, 5}, hum, {0, 3}}, .reviewer = "anna", .answer = answer});
  };
  say("s00001_hum01", review::Answer::kSame);
  say("s00001_hum02", review::Answer::kDifferent);
  const auto exported = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words = {"export", mined,           "--shards", tiny.path("shards"),
                                      "--out",  tiny.path("set")};
    words.insert(words.end(), options.begin(), options.end());
    const auto result = run_melomine(words);
    EXPECT_EQ(result.status, 0) << result.output;
    std::set<std::string> recordings;
    for (const auto& row : datasets::read_fragment_table(tiny.path("set/dataset.csv")))
      recordings.insert(row.recording_id);
    return std::pair(recordings, result.output);
  };
  using Recordings = std::set<std::string>;
  // Accepted, the uncertain one is as good as a relevant one; the relevant one is out.
  const auto [judged, output] = exported({"--relevant-only"});
  EXPECT_EQ(judged, (Recordings{"s00001_hum01", "s00001_original"}));
  EXPECT_THAT(output, HasSubstr("people accepted 1 pairs and rejected 1, 0 are tied"));
  EXPECT_THAT(output,
              HasSubstr("People accepted 1 of the matches in it and rejected 1, which are left out."));
  EXPECT_THAT(read_file(tiny.path("set/datasheet.json")), HasSubstr("\"rejected\": 1"));
  const auto [mined_alone, quiet] = exported({"--relevant-only", "--no-verdicts"});
  EXPECT_EQ(mined_alone, (Recordings{"s00001_hum02", "s00001_original"}));
  EXPECT_THAT(quiet, ::testing::Not(HasSubstr("eople accepted")));
}

TEST(E2eRegenerate, WrongInputsAreNamed) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "t.csv", "group_id,id,audio_type,interval\ng,a,original,\"(1, 2)\"\n");
  testing::expect_refusal(
      run_melomine({"regenerate", folder / "t.csv", "--audio", folder.path(), "--out", folder / "o"}), 1,
      "lacks");
  testing::expect_refusal(
      run_melomine({"regenerate", folder / "none.csv", "--audio", folder.path(), "--out", folder / "o"}), 1,
      "none.csv");
  write_file_atomically(
      folder / "u.csv",
      "group_id,fragment_id,id,audio_type,youtube_id,interval\ng,1,../a,original,O,\"(1, 2)\"\n");
  testing::expect_refusal(
      run_melomine({"regenerate", folder / "u.csv", "--audio", folder.path(), "--out", folder / "o"}), 1,
      "line 2: id '../a' has a slash");
  testing::expect_refusal(run_melomine({"regenerate", folder / "u.csv", "--out", folder / "o"}), 2,
                          "neither --audio nor --hums");
  EXPECT_FALSE(fs::exists(folder.path().parent_path() / "a.flac"));
}

/// Answers by the first part of an id; some of them fail at first, or for ever.
constexpr const char* kProgram = R"sh(
case "$2" in
  ok*) cp "$4" "$3/a.wav" ;;
  e404*) echo "HTTP Error 404: Not Found" >&2; exit 1 ;;
  e403*) echo "HTTP Error 403: Forbidden" >&2; exit 1 ;;
  e429*) echo "HTTP Error 429: Too Many Requests" >&2; exit 1 ;;
  hang*) sleep 20 ;;
  half*) head -c 30000 "$4" > "$3/a.wav" ;;
  wrong*) head -c 4000 /dev/zero > "$3/a.zip" ;;
  html*) echo "<!DOCTYPE html><html>sorry</html>" > "$3/a.mp4" ;;
  empty*) : > "$3/a.mp4" ;;
  *) exit 1 ;;
esac
)sh";

/// A number from the environment, for a long form of a test.
int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

TEST(CrashRegenerate, EndsRightHoweverOftenItIsKilled) {
  const int ids = number_from("MELOMINE_FETCH_IDS", 40), kills = number_from("MELOMINE_FETCH_KILLS", 6);
  const std::vector<std::string> ways = {"ok",   "e404",  "e403", "e429",  "hang",
                                         "half", "wrong", "html", "empty", "other"};
  const testing::TempFolder folder;
  std::string table = "group_id,fragment_id,id,audio_type,youtube_id,interval\n";
  for (int i = 0; i < ids; ++i) {
    // Few hang: each costs the time-out twice.
    const std::string way = i % 10 == 4 && i > 100 ? "ok" : ways[static_cast<size_t>(i) % ways.size()];
    const std::string id = way + "_" + std::to_string(i);
    table += fmt::format("g,1,{0},{1},{0},\"(0.5, 3)\"\n", id, i == 0 ? "original" : "cover");
  }
  write_file_atomically(folder / "t.csv", table);
  write_file_atomically(folder / "program.sh", kProgram);
  testing::write_wav(folder / "good.wav", testing::sine(300, 3));
  const std::vector<std::string> words = {
      "regenerate",
      folder / "t.csv",
      "--audio",
      folder / "audio",
      "--out",
      folder / "out",
      "--fetch",
      "sh " + (folder / "program.sh").string() + " -- {id} {folder} " + (folder / "good.wav").string(),
      "--fetch-per-hour",
      "0",
      "--fetch-attempts",
      "2",
      "--fetch-timeout",
      "0.3",
      "--fetch-back-off",
      "0"};
  std::mt19937 random(5);
  for (int k = 0; k < kills; ++k) {
    testing::StartedMelomine started(words, folder / "log");
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(300, 2000)(random)));
    started.end_with(SIGKILL);
  }
  const auto last = run_melomine(words);
  ASSERT_EQ(last.status, 0) << last.output;
  const CsvTable state = CsvTable::read(folder / "out/fetch.csv");
  ASSERT_EQ(state.size(), static_cast<size_t>(ids));
  std::map<std::string, std::string> expected = {{"ok", "done"}, {"e404", "permanent"}};
  int64_t good = 0;
  for (size_t row = 0; row < state.size(); ++row) {
    const std::string& id = state.text(row, "id");
    const std::string way = id.substr(0, id.find('_'));
    EXPECT_EQ(state.text(row, "state"), expected.contains(way) ? expected[way] : "temporary") << id;
    EXPECT_EQ(fs::exists(folder / ("audio/" + id + ".wav")), way == "ok") << id;
    EXPECT_EQ(fs::exists(folder / ("out/fragments/g/1/" + id + ".flac")), way == "ok") << id;
    good += way == "ok" ? 1 : 0;
  }
  EXPECT_THAT(last.output, HasSubstr("cover " + std::to_string(good - 1) + " of "));
}

}  // namespace
}  // namespace melomine
