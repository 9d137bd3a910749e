#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "core/error.h"
#include "core/progress.h"
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_report.h"
#include "experiments/experiment_config.h"
#include "experiments/stage_inputs.h"
#include "tests/experiments/published_tree.h"

namespace melomine::experiments {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PublishedTree;
using ::testing::UnorderedElementsAre;

/// The set that an experiment of one set asks, by the baseline alone.
/// @param settings  of the set: "type: mir_qbsh, root: …"
EvaluationSetConfig set_of(const std::string& settings) {
  return configs::parse_config<EvaluationPlan>(
             fmt::format("sets: [{{name: made, {}, bootstrap_resamples: 20, systems: [{{type: baseline, f0: "
                         "{{type: yin}}, contour: {{tempo_scales: 3}}}}]}}]",
                         settings),
             "test.yaml")
      .sets.at(0);
}

evaluation::EvaluationRecord evaluated(const std::string& settings) {
  const EvaluationSetConfig set = set_of(settings);
  const ExperimentConfig experiment;
  RunObserver observer;
  const auto protocol = set.protocol->make({.experiment = experiment, .checkpoints = {}});
  const auto record = evaluation::record_of(evaluation::evaluate(
      protocol->build(), static_cast<const retrieval::Embedder*>(nullptr), set.settings, observer));
  const std::string json = evaluation::report_json(record);  // what the files hold is what is judged here
  return nlohmann::ordered_json::parse(json).get<evaluation::EvaluationRecord>();
}

std::string why_not(const std::string& settings) {
  try {
    evaluated(settings);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

double metric(const evaluation::EvaluationRecord& record, const std::string& name) {
  return record.systems.at(0).metric(name)->estimate.mean;
}

/// "hum: a b" of each query, by its targets.
std::vector<std::string> targets_of(const evaluation::EvaluationRecord& record) {
  std::vector<std::string> all;
  for (const auto& query : record.systems.at(0).queries)
    all.push_back(fmt::format("{}: {}", query.query, fmt::join(query.targets, " ")));
  return all;
}

void make_mir_qbsh(const PublishedTree& tree) {
  for (size_t song = 0; song < 2; ++song) {
    const std::string id = fmt::format("0000{}", song + 1);
    tree.score(fmt::format("qbsh/midiFile/{}.mid", id), song);
    tree.hum(fmt::format("qbsh/waveFile/year2003/p1/{}.wav", id), song, 1);
    tree.hum(fmt::format("qbsh/waveFile/year2004/p2/{}.wav", id), song, -2);
  }
  tree.write("qbsh/midiFile/songList.txt", "00001\tA\t-\t2\r\n00002\tB\t-\t3\r\n");
}

TEST(PublishedProtocols, MirQbshAsksHumsForSongsAmongDistractors) {
  const PublishedTree tree;
  make_mir_qbsh(tree);
  tree.score("essen/d1.mid", 2);
  tree.score("essen/d2.mid", 3);
  const auto record =
      evaluated(fmt::format("type: mir_qbsh, root: {}, distractors: [{}], distractor_count: 1",
                            tree.path("qbsh"), tree.path("essen")));
  EXPECT_EQ(record.candidates, 3);
  EXPECT_EQ(record.songs, 2);
  EXPECT_EQ(metric(record, "top1"), 1);
  ASSERT_TRUE(record.availability.has_value());
  EXPECT_EQ(record.availability->text(),
            "4 of 5 queries, 2 of 2 references, 1 of 1 further references; missing: 1 hums of song 00002");
  EXPECT_THAT(evaluation::report_table(record), HasSubstr("of MIR-QBSH there are 4 of 5 queries"));
  EXPECT_THAT(why_not("type: mir_qbsh"), HasSubstr("sets[0].root: needs the folder of the set"));
  EXPECT_THAT(why_not("type: mir_qbsh, root: " + tree.path("essen")),
              HasSubstr("is not laid out as MIR-QBSH"));
}

TEST(PublishedProtocols, MirQbsh9010AsksAShareOfTheHumsAmongTheOthers) {
  const PublishedTree tree;
  make_mir_qbsh(tree);
  const auto record = evaluated(fmt::format("type: mir_qbsh_90_10, root: {}", tree.path("qbsh")));
  EXPECT_EQ(record.queries, 2) << "of two hums of a song one";
  EXPECT_EQ(record.candidates, 2);
  EXPECT_EQ(metric(record, "top1"), 1);
  EXPECT_EQ(record.sources.at("split").at("share"), 0.1);
}

void make_ioacas(const PublishedTree& tree) {
  tree.write("ioacas/IOACAS_pt1/midi.list", "midi\\0001.mid\t\xB0\xA1\nmidi\\0002.mid\t\xB0\xA2\n");
  tree.write("ioacas/IOACAS_pt1/query.list",
             "wav\\a.wav\t0001\nwav\\b.wav\t0002\nwav\\c.wav\t0002\nwav\\gone.wav\t0001\n");
  tree.score("ioacas/IOACAS_pt1/midi/0001.mid", 2);
  tree.score("ioacas/IOACAS_pt1/midi/0002.mid", 3);
  tree.hum("ioacas/IOACAS_pt1/wav/a.wav", 2, 3);
  tree.hum("ioacas/IOACAS_pt1/wav/b.wav", 3);
  tree.hum("ioacas/IOACAS_pt1/wav/c.wav", 3, -1);
}

TEST(PublishedProtocols, IoacasAsksHumsForSongs) {
  const PublishedTree tree;
  make_ioacas(tree);
  const auto record =
      evaluated(fmt::format("type: ioacas, root: {}, parts: [IOACAS_pt1]", tree.path("ioacas")));
  EXPECT_THAT(targets_of(record), ElementsAre("wav/a.wav: 0001", "wav/b.wav: 0002", "wav/c.wav: 0002"));
  EXPECT_EQ(metric(record, "top1"), 1);
  EXPECT_EQ(record.availability->text(), "3 of 4 queries, 2 of 2 references; missing: wav/gone.wav");
}

TEST(PublishedProtocols, MirexSubtask2AsksHumsForOtherHumsOfTheirSong) {
  const PublishedTree tree;
  make_mir_qbsh(tree);
  make_ioacas(tree);
  const std::string both =
      fmt::format("type: mirex_subtask2, mir_qbsh: {}, ioacas: {}", tree.path("qbsh"), tree.path("ioacas"));
  const auto record = evaluated(both);
  EXPECT_EQ(record.match_with, evaluation::MatchQueriesWith::kEachOther);
  EXPECT_EQ(record.queries, 6) << "one is alone of its song";
  EXPECT_THAT(record.left_out, ElementsAre("ioacas/wav/a.wav"));
  EXPECT_EQ(metric(record, "top1"), 1);
  EXPECT_THAT(record.availability->text(),
              AllOf(HasSubstr("3 of 4 queries"), HasSubstr("4 of 5 queries of MIR-QBSH")));
  const auto songs = evaluated(both + ", songs: true");
  EXPECT_EQ(songs.queries, 7);
  EXPECT_EQ(songs.candidates, 11);
  EXPECT_THAT(targets_of(songs)[0], HasSubstr("ioacas/wav/a.wav: ioacas/0001"));
  EXPECT_THAT(why_not("type: mirex_subtask2"), HasSubstr("sets[0].mir_qbsh: needs the folder of a corpus"));
}

TEST(PublishedProtocols, RealRecordingsAsksForTheUsersRecordingsByClassLabel) {
  const PublishedTree tree;
  tree.write("mtg/Queries.csv", "Query ID,Filename,Class label\r1,q1.wav,12\r2,q2.wav,7\r3,q3.wav,99\r");
  tree.hum("mtg/q1.wav", 0, 2);
  tree.hum("mtg/q2.wav", 1);
  tree.hum("mtg/q3.wav", 2);
  tree.hum("songs/12.wav", 0);
  tree.hum("songs/7/live.wav", 1, 1);
  tree.hum("songs/7/studio.wav", 1, -1);
  tree.hum("others/x.wav", 2);
  const std::string settings = fmt::format("type: real_recordings, root: {}, songs: {}, imposters: [{}]",
                                           tree.path("mtg"), tree.path("songs"), tree.path("others"));
  const auto record = evaluated(settings);
  EXPECT_THAT(targets_of(record), ElementsAre("q1: 12", "q2: 7/live.wav 7/studio.wav"));
  EXPECT_THAT(record.left_out, ElementsAre("q3"));
  EXPECT_EQ(record.candidates, 4);
  EXPECT_EQ(metric(record, "top1"), 1);
  EXPECT_THAT(evaluation::report_table(record), HasSubstr("(1 queries without a reference left out)"));
  EXPECT_EQ(record.availability->notes.size(), 1u);
  EXPECT_THAT(why_not("type: real_recordings, root: x"), HasSubstr("sets[0].songs: needs a folder"));
}

TEST(PublishedProtocols, LargeDatabaseTakesTheFirstImpostersByTheirIds) {
  const PublishedTree tree;
  tree.hum("q.wav", 0, 1);
  tree.score("r.mid", 0);
  tree.write("queries.csv", "query,reference_id\nq.wav,r\n");
  tree.write("references.csv", "reference_id,path\nr,r.mid\n");
  tree.score("imposters/c.mid", 1);
  tree.score("imposters/a.mid", 2);
  tree.score("imposters/b.mid", 3);
  const std::string settings =
      fmt::format("type: large_database, queries: {}, references: [{}], imposters: [{}], imposter_count: ",
                  tree.path("queries.csv"), tree.path("references.csv"), tree.path("imposters"));
  EXPECT_EQ(evaluated(settings + "2").candidates, 3);
  const auto all = evaluated(settings + "0");
  EXPECT_EQ(all.candidates, 4);
  EXPECT_EQ(metric(all, "mr1"), 1);
  tree.score("imposters/r.mid", 1);
  EXPECT_THAT(why_not(settings + "0"), HasSubstr("imposter 'r' is one of the references, too"));
}

TEST(PublishedProtocols, Hum2SongFoldsPartsOfASong) {
  const PublishedTree tree;
  tree.write("train/train_meta.csv",
             "music_id,song_path,hum_path\n07,train/song/1.wav,train/hum/1.wav\n"
             "07,train/song/2.wav,train/hum/2.wav\n8,train/song/3.wav,train/hum/3.wav\n");
  for (size_t part = 0; part < 3; ++part) {
    tree.hum(fmt::format("train/song/{}.wav", part + 1), part);
    tree.hum(fmt::format("train/hum/{}.wav", part + 1), part, 2);
  }
  const auto record = evaluated("type: hum2song, root: " + tree.path());
  EXPECT_EQ(record.candidates, 2) << "songs";
  EXPECT_THAT(targets_of(record),
              ElementsAre("train/hum/1.wav: 07", "train/hum/2.wav: 07", "train/hum/3.wav: 8"));
  EXPECT_EQ(metric(record, "mrr10"), 1);
  EXPECT_THAT(evaluation::report_table(record), HasSubstr("MRR@10"));
}

TEST(PublishedProtocols, MlendAndHumTransAskHumsAmongEachOther) {
  const PublishedTree tree;
  tree.write(
      "mlend/MLEndHWD_audio_attributes.csv",
      "filename,Interpreter,Song,Interpretation\n1.wav,S,Potter,Hum\n2.wav,T,Potter,Hum\n3.wav,S,Rain,Hum\n"
      "4.wav,T,Rain,Hum\n5.wav,S,Rain,Whistle\n");
  for (size_t i = 0; i < 4; ++i)
    tree.hum(fmt::format("mlend/MLEndHWD_audiofiles/{}.wav", i + 1), i / 2, static_cast<double>(i % 2));
  const auto mlend = evaluated(fmt::format("type: mlend, root: {}, interpretation: Hum", tree.path("mlend")));
  EXPECT_THAT(targets_of(mlend), ElementsAre("1: 2", "2: 1", "3: 4", "4: 3"));
  EXPECT_EQ(metric(mlend, "top1"), 1);
  EXPECT_THAT(evaluated("type: mlend, root: " + tree.path("mlend")).availability->text(),
              HasSubstr("4 of 5 queries; missing: 5"));

  tree.write("humtrans/train_valid_test_keys.json",
             R"({"TRAIN": ["F01_0001_0001_1"], "TEST": ["F01_0002_0001_1",
      "M01_0002_0001_2_D", "F01_0003_0001_1", "M01_0003_0001_1", "M02_0004_0001_1"]})");
  tree.hum("humtrans/all_wav/F01_0002_0001_1.wav", 0);
  tree.hum("humtrans/all_wav/M01_0002_0001_2_D.wav", 0, -3);
  tree.hum("humtrans/all_wav/F01_0003_0001_1.wav", 1);
  tree.hum("humtrans/all_wav/M01_0003_0001_1.wav", 1, 2);
  tree.hum("humtrans/all_wav/M02_0004_0001_1.wav", 2);
  const auto humtrans = evaluated("type: humtrans, root: " + tree.path("humtrans"));
  EXPECT_EQ(humtrans.queries, 4);
  EXPECT_THAT(humtrans.left_out, ElementsAre("M02_0004_0001_1"));
  EXPECT_EQ(metric(humtrans, "top1"), 1);
  EXPECT_THAT(evaluation::report_table(humtrans), HasSubstr("(1 queries alone of their group left out)"));
}

TEST(PublishedProtocols, CoverSongsAsksEachVersionOfAnyList) {
  const PublishedTree tree;
  const auto versions = [&](const std::string& folder, const std::vector<std::string>& names) {
    for (size_t i = 0; i < names.size(); ++i)
      tree.hum(fmt::format("{}/{}.wav", folder, names[i]), i / 2, static_cast<double>(i % 2));
  };
  versions("audio", {"0-0", "0-1", "7-0", "7-1", "noise"});
  tree.write("shs/list",
             "0\t0\tT\tA\t\t1\n0\t1\tT\tA\t\t1\n7\t0\tT\tA\t\t1\n7\t1\tT\tA\t\t1\n8\t0\tT\tA\t\t1\n8\t1\tT\tA"
             "\t\t1\n");
  tree.write("shs/SHS100K-TEST", "0\t0\n0\t1\n7\t0\n7\t1\n8\t0\n8\t1\n");
  const auto asked = [&](const std::string& layout, const std::string& list, const std::string& more = "") {
    return evaluated(fmt::format("type: cover_songs, layout: {}, list: {}, audio: {}{}", layout,
                                 tree.path(list), tree.path("audio"), more));
  };
  const auto shs = asked("shs100k", "shs");
  EXPECT_THAT(targets_of(shs), ElementsAre("0-0: 0-1", "0-1: 0-0", "7-0: 7-1", "7-1: 7-0"));
  EXPECT_EQ(metric(shs, "map"), 1);
  EXPECT_EQ(metric(shs, "nar"), 0);
  EXPECT_THAT(evaluation::report_table(shs), AllOf(HasSubstr("MR1"), HasSubstr("P@10"), HasSubstr("NAR %")));
  EXPECT_THAT(shs.availability->text(), HasSubstr("4 of 6 versions; missing: 8-0, 8-1"));

  tree.write("datacos.json",
             R"({"W_1": {"0-0": {}, "0-1": {}}, "W_2": {"noise": {}}, "W_3": {"7-0": {}, "gone": {}}})");
  const auto datacos = asked("datacos", "datacos.json");
  EXPECT_EQ(datacos.queries, 2);
  EXPECT_EQ(datacos.candidates, 3) << "the noise work is a candidate";
  EXPECT_THAT(datacos.left_out, ElementsAre("7-0"));

  tree.write(
      "light.json",
      R"({"c": [{"version_id": "v1", "youtube_id": "0-0"}, {"version_id": "v2", "youtube_id": "0-1"}]})");
  EXPECT_THAT(targets_of(asked("discogs_vi", "light.json")), ElementsAre("v1: v2", "v2: v1"));
  tree.write("full.txt",
             "{\"perf\": \"p1\", \"wav\": \"0-0.wav\", \"work\": 3}\n{\"perf\": \"p2\", \"wav\": "
             "\"0-1.wav\", \"work\": 3}\n");
  EXPECT_THAT(targets_of(asked("coverhunter", "full.txt")), ElementsAre("p1: p2", "p2: p1"));
  EXPECT_THAT(why_not("type: cover_songs, layout: shs100k, list: x, first_list: true"),
              HasSubstr("sets[0].first_list = true: is for layout: covers80"));
}

TEST(PublishedProtocols, MirexListsAskForOthersOfAWork) {
  const PublishedTree tree;
  for (size_t i = 0; i < 4; ++i) tree.hum(fmt::format("{}.wav", i), i / 2, static_cast<double>(i % 2));
  tree.write("collection.txt", "0.wav\tw0\n1.wav\tw0\n2.wav\tw1\n3.wav\tw1\ngone.wav\tw1\n");
  tree.write("queries.txt", "0.wav\tw0\n3.wav\tw1\n");
  const auto record = evaluated(fmt::format("type: mirex_lists, queries: {}, collection: {}",
                                            tree.path("queries.txt"), tree.path("collection.txt")));
  EXPECT_THAT(targets_of(record), ElementsAre("0.wav: 1.wav", "3.wav: 2.wav"));
  EXPECT_EQ(metric(record, "top1"), 1);
  EXPECT_THAT(record.availability->text(), HasSubstr("4 of 5 references; missing: gone.wav"));
}

TEST(PublishedProtocols, Covers80AsksItsFirstListOrAll) {
  const PublishedTree tree;
  tree.write("c80/list1.list", "A/one\nB/one\n");
  tree.write("c80/list2.list", "A\\two\r\nB\\two\r\n");
  for (size_t song = 0; song < 2; ++song)
    for (size_t version = 0; version < 2; ++version)
      tree.hum(fmt::format("c80/covers32k/{}/{}.wav", song == 0 ? "A" : "B", version == 0 ? "one" : "two"),
               song, static_cast<double>(version));
  const std::string settings = fmt::format("type: cover_songs, layout: covers80, list: {}", tree.path("c80"));
  const auto all = evaluated(settings);
  EXPECT_EQ(all.queries, 4);
  EXPECT_EQ(metric(all, "map"), 1);
  const auto pairs = evaluated(settings + ", first_list: true");
  EXPECT_THAT(targets_of(pairs), ElementsAre("A/one: A/two", "B/one: B/two"));
  EXPECT_EQ(pairs.candidates, 2);
}

TEST(PublishedProtocols, FoldersOfPublishedSetsAreInputsByNamesAndSizes) {
  const PublishedTree tree;
  tree.write("set/a/x.wav", "12");
  auto plan = configs::parse_config<EvaluationPlan>(
      fmt::format("sets: [{{name: m, type: mir_qbsh, root: {0}, distractors: [d.csv]}}, {{name: c, type: "
                  "cover_songs, "
                  "list: l.txt, audio: {0}}}]",
                  tree.path("set")),
      "test.yaml");
  std::vector<std::string> folders, files;
  for (const auto& [key, path] : folders_of(plan)) folders.push_back(key);
  for (const auto& [key, path] : files_of(plan)) files.push_back(key);
  EXPECT_THAT(folders, ElementsAre("sets[0].root", "sets[1].audio"));
  EXPECT_THAT(files, ElementsAre("sets[0].distractors[0]", "sets[1].list"));
  const auto listing = [&] {
    StageInputs inputs;
    add_listing(inputs, "root", tree.path("set"));
    return inputs.begin()->second;
  };
  const std::string before = listing();
  tree.write("set/a/x.wav", "34");
  EXPECT_EQ(listing(), before) << "content is not read";
  tree.write("set/a/x.wav", "345");
  EXPECT_NE(listing(), before);
}

}  // namespace
}  // namespace melomine::experiments
