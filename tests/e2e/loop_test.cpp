#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/sha256.h"
#include "datasets/fragment_groups.h"
#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LoopExperiment;
using ::testing::Not;
using testing::StartedMelomine;

#define ASSERT_SUCCESS(result)                \
  do {                                        \
    const auto& done = (result);              \
    ASSERT_EQ(done.status, 0) << done.output; \
  } while (false)

/// Every file of a run but the report and the log, with its content's hash.
std::map<std::string, std::string> contents(const std::string& run) {
  std::map<std::string, std::string> hashes;
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file() && entry.path().filename() != "report.html" &&
        entry.path().filename() != "run.log")
      hashes[fs::relative(entry.path(), run).string()] = sha256_of_file(entry.path());
  return hashes;
}

/// Rows of a mined table against what is known of the corpus and the thresholds.
void expect_valid_table(const LoopExperiment& tiny, const std::string& run, int round) {
  const std::string folder = "round_0" + std::to_string(round) + "/mine/";
  const auto rows = datasets::read_fragment_table(tiny.run_file(run, folder + "mined.csv"));
  const auto summary = tiny.json(run, folder + "summary.json");
  const std::string encoder = summary.at("provenance").at("model_sha256");
  EXPECT_EQ(encoder, sha256_of_file(tiny.run_file(
                         run, "round_0" + std::to_string(round - 1) + "/train/best.safetensors")));
  std::set<std::string> groups, songs;
  int64_t relevant = 0, uncertain = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.group_id + " " + row.recording_id);
    const bool first = groups.insert(row.group_id).second;
    songs.insert(row.recording_id.substr(0, 6));
    EXPECT_EQ(row.group_id.substr(0, 10), row.recording_id.substr(0, 6) + "_r0" + std::to_string(round));
    EXPECT_EQ(row.audio_type, first ? datasets::RecordingKind::kOriginal : datasets::RecordingKind::kCover);
    EXPECT_GE(row.interval.start_s, 0);
    EXPECT_NEAR(row.interval.duration_s(), row.duration_s, 1e-9);
    EXPECT_EQ(row.round, round);
    EXPECT_EQ(row.model_sha256, encoder);
    EXPECT_EQ(row.verdict,
              row.correlation >= 0.5 ? datasets::Verdict::kRelevant : datasets::Verdict::kUncertain);
    EXPECT_GE(row.correlation, 0.2);
    if (!first) ++(row.verdict == datasets::Verdict::kRelevant ? relevant : uncertain);
  }
  EXPECT_GT(relevant, 0);
  EXPECT_EQ(summary.at("yield").at("relevant"), relevant);
  EXPECT_EQ(summary.at("yield").at("uncertain"), uncertain);
  EXPECT_EQ(summary.at("yield").at("fragments"), groups.size());
  EXPECT_EQ(summary.at("yield").at("songs"), 4);  // of 6, one held out, one to validate with
  EXPECT_LE(songs.size(), 4u);
  EXPECT_TRUE(summary.at("quality").is_object());
  EXPECT_THAT(summary.at("set_aside"), IsEmpty());
}

TEST(E2eLoop, RunsToTheEndAndTheSameCommandAgainDoesNothing) {
  const LoopExperiment tiny;
  const auto run = tiny.loop("run", "a");
  ASSERT_SUCCESS(run);
  for (const char* said : {"relevant", "baseline", "M_0 ", "M_1 ", "M_2 ", "MRR held_out",
                           "encoder: ", "round_02/train/best.safetensors", "report.html"})
    EXPECT_THAT(run.output, HasSubstr(said));
  EXPECT_THAT(run.output, Not(::testing::ContainsRegex("baseline *-")));
  EXPECT_THAT(run.output, Not(HasSubstr("refused")));

  for (const char* stage : {"round_00/train", "round_00/evaluate", "round_01/mine", "round_01/train",
                            "round_01/evaluate", "round_02/mine", "round_02/train", "round_02/evaluate"})
    EXPECT_TRUE(fs::exists(tiny.run_file("a", std::string(stage) + "/DONE"))) << stage;
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_00/mine")));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_03")));
  for (const auto& file : LoopExperiment::results())
    EXPECT_TRUE(fs::exists(tiny.run_file("a", file))) << file;
  for (const int round : {1, 2}) expect_valid_table(tiny, "a", round);
  for (const int round : {0, 1, 2}) {
    const auto record = tiny.json("a", "round_0" + std::to_string(round) + "/round.json");
    EXPECT_EQ(record.at("round"), round);
    EXPECT_EQ(record.at("accepted"), true);
    EXPECT_EQ(record.at("stop_reason"), "");
    EXPECT_GT(record.at("validation_mrr"), 0);
    EXPECT_EQ(record.at("songs_mined"), round == 0 ? 0 : 4);
    EXPECT_EQ(record.at("seconds").size(), round == 0 ? 2u : 3u);
  }
  EXPECT_THAT(read_file(tiny.run_file("a", "report.html")), HasSubstr("</html>"));

  const auto before = contents(tiny.path("runs/a"));
  const auto again = tiny.loop("run", "a");
  ASSERT_SUCCESS(again);
  EXPECT_EQ(contents(tiny.path("runs/a")), before);
  for (const char* work : {"train:", "mine:", "fingerprints", "search"})
    EXPECT_THAT(again.output, Not(HasSubstr(work)));
  const auto table_of = [](const std::string& text) { return text.substr(text.find("M_0 ")); };
  EXPECT_EQ(table_of(again.output), table_of(run.output));

  // Stages run one by one, by four processes, end with the same.
  for (const auto& [command, round] : std::vector<std::pair<const char*, const char*>>{
           {"train", "0"}, {"mine", "1"}, {"train", "1"}, {"evaluate", "1"}, {"mine", "2"}, {"train", "2"}})
    ASSERT_SUCCESS(tiny.loop(command, "stages", {"--round", round}));
  auto files = LoopExperiment::results();
  std::erase_if(files, [](const auto& file) {
    return file.starts_with("round_00/evaluate") || file.starts_with("round_02/evaluate");
  });
  tiny.expect_same("a", "stages", files);

  // Another encoder's figures are not taken for the round's own.
  ASSERT_SUCCESS(
      tiny.loop("evaluate", "a",
                {"--round", "1", "--checkpoint", tiny.run_file("a", "round_00/train/last.safetensors")}));
  ASSERT_SUCCESS(tiny.loop("run", "a"));
  tiny.expect_same("a", "stages", files);
}

TEST(E2eLoop, RefusedEncodersDoNotMine) {
  const LoopExperiment tiny;
  const std::vector<std::string> gated = {"loop.gate=validation"};
  ASSERT_SUCCESS(tiny.loop("train", "a", gated));
  // No encoder reaches the metric that M_0 is now said to have.
  const std::string best = tiny.run_file("a", "round_00/train/best.safetensors");
  std::string bytes = read_file(best);
  const std::string key = "\"best_metric\":\"";
  ASSERT_NE(bytes.find(key), std::string::npos);
  bytes[bytes.find(key) + key.size()] = '9';
  write_file_atomically(best, bytes);

  const auto run = tiny.loop("run", "a", gated);
  ASSERT_SUCCESS(run);
  EXPECT_THAT(run.output, HasSubstr("M_1 is not accepted: validation MRR "));
  EXPECT_THAT(run.output, HasSubstr("M_2 (refused)"));
  EXPECT_THAT(run.output, HasSubstr("encoder: " + best));
  for (const char* round : {"round_01", "round_02"}) {
    EXPECT_EQ(tiny.json("a", std::string(round) + "/round.json").at("accepted"), false);
    EXPECT_EQ(tiny.json("a", std::string(round) + "/mine/inputs.json").at("encoder"), sha256_of_file(best));
    EXPECT_TRUE(fs::exists(tiny.run_file("a", std::string(round) + "/train/DONE")));
  }
  ASSERT_SUCCESS(tiny.loop("run", "a", gated));
  EXPECT_THAT(tiny.loop("mine", "a", {"loop.gate=validation", "--round", "2"}).output,
              HasSubstr("finished already"));
}

TEST(E2eLoop, BatchesOfSongsTheLatestMinedSetAndTheEncoderBefore) {
  const LoopExperiment tiny;
  // A yield that would have to rise a million times ends the loop as soon as there are two to compare.
  const std::vector<std::string> settings = {
      "loop.songs_per_round=2", "loop.keep=latest",           "loop.init=previous",
      "loop.rounds=5",          "loop.stop.yield_patience=1", "loop.stop.min_yield_rise=1000000"};
  ASSERT_SUCCESS(tiny.loop("run", "a", settings));
  EXPECT_THAT(std::string(tiny.json("a", "round_02/round.json").at("stop_reason")), HasSubstr("yield"));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_03")));
  std::set<std::string> songs;
  for (const char* round : {"round_01", "round_02"}) {
    EXPECT_EQ(tiny.json("a", std::string(round) + "/mine/summary.json").at("yield").at("songs"), 2);
    for (const auto& row :
         datasets::read_fragment_table(tiny.run_file("a", std::string(round) + "/mine/mined.csv")))
      songs.insert(row.recording_id.substr(0, 6) + " in " + round);
  }
  EXPECT_THAT(songs, ::testing::SizeIs(4));
  std::set<std::string> names;
  for (const auto& song : songs) names.insert(song.substr(0, 6));
  EXPECT_THAT(names, ::testing::SizeIs(4));  // the second batch is of other songs than the first
  const auto inputs = tiny.json("a", "round_02/train/inputs.json");
  EXPECT_TRUE(inputs.contains("mined (round_02)"));
  EXPECT_FALSE(inputs.contains("mined (round_01)"));
  const std::string init = tiny.run_file("a", "round_01/train/best.safetensors");
  EXPECT_EQ(inputs.at("init (" + init + ")"), sha256_of_file(init));

  const auto ended = contents(tiny.path("runs/a"));
  ASSERT_SUCCESS(tiny.loop("run", "a", settings));
  EXPECT_EQ(contents(tiny.path("runs/a")), ended);
}

TEST(E2eLoop, AMetricThatStallsEndsIt) {
  const LoopExperiment tiny;
  ASSERT_SUCCESS(tiny.loop("run", "a", {"loop.stop.metric_patience=1", "loop.stop.min_metric_rise=1"}));
  EXPECT_THAT(std::string(tiny.json("a", "round_01/round.json").at("stop_reason")),
              HasSubstr("validation MRR"));
  EXPECT_FALSE(fs::exists(tiny.run_file("a", "round_02")));
}

TEST(E2eLoop, WorkersAndThreadsMineTheSameSet) {
  const LoopExperiment tiny;
  const std::vector<std::string> two = {"loop.rounds=1", "train.threads=2"};
  ASSERT_SUCCESS(tiny.loop("run", "one", two));
  setenv("OMP_NUM_THREADS", "2", 1);
  ASSERT_SUCCESS(tiny.loop("run", "two", two));
  setenv("OMP_NUM_THREADS", "1", 1);
  auto files = LoopExperiment::results(1);
  std::erase_if(files,
                [](const auto& file) { return file.ends_with("queries.csv"); });  // scores, rounded otherwise
  tiny.expect_same("one", "two", files);

  const auto mine = [&](const std::string& name, const char* worker) {
    return LoopExperiment::with({"loop.rounds=1", "train.threads=2", "--worker", worker, "--checkpoint",
                                 tiny.run_file("one", "round_00/train/best.safetensors"), "name=" + name});
  };
  const std::vector<std::string> mined = {"round_01/mine/mined.h5", "round_01/mine/mined.csv",
                                          "round_01/mine/summary.json"};
  // Of four parts: 0 and 3, 1, 2.
  EXPECT_THAT(tiny.run("mine", "order", mine("order", "2/3")).output, HasSubstr("1 of 4 parts are there"));
  EXPECT_THAT(tiny.run("mine", "order", mine("order", "0/3")).output, HasSubstr("3 of 4 parts are there"));
  EXPECT_FALSE(fs::exists(tiny.run_file("order", "round_01/mine/DONE")));
  EXPECT_THAT(tiny.run("mine", "order", mine("order", "1/3")).output, HasSubstr("mined set: "));
  tiny.expect_same("one", "order", mined);
  {
    StartedMelomine first(tiny.words("mine", "at_once", mine("at_once", "0/3")), tiny.path("log0"));
    StartedMelomine second(tiny.words("mine", "at_once", mine("at_once", "1/3")), tiny.path("log1"));
    StartedMelomine third(tiny.words("mine", "at_once", mine("at_once", "2/3")), tiny.path("log2"));
    EXPECT_EQ(first.end_with(0), 0) << read_file(tiny.path("log0"));
    EXPECT_EQ(second.end_with(0), 0) << read_file(tiny.path("log1"));
    EXPECT_EQ(third.end_with(0), 0) << read_file(tiny.path("log2"));
  }
  tiny.expect_same("one", "at_once", mined);
  EXPECT_THAT(tiny.left_over("at_once"), IsEmpty());
}

}  // namespace
}  // namespace melomine
