#include "evaluation/evaluation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "evaluation/baseline_system.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/hum_search.h"
#include "tests/evaluation/planted_set.h"
#include "tests/evaluation/tunes.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Evaluation, PlantedFingerprintsAreFound) {
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationSet set = planted_set();
  std::swap(set.relevance[0], set.relevance[1]);  // two of five are told a wrong target
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  ASSERT_EQ(report.systems.size(), 1u);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 0.6);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top5"), 1.0);
  EXPECT_GT(report.systems[0].ranked[0].first_rank, 1);
  EXPECT_NEAR(report.systems[0].target_scores[2], 1, 1e-5);
  ASSERT_EQ(report.systems[0].best[2].size(), 5u);
  EXPECT_EQ(report.systems[0].best[2][0].reference, 2);
  EXPECT_DOUBLE_EQ(report.systems[0].best[2][0].start_s, 20 * 0.25) << "80 of 4 numbers a step";
  EXPECT_EQ(model.calls, 10);
  EXPECT_TRUE(report.difference.empty());
  EXPECT_THROW(report.systems[0].metric("top2"), ConfigError);
}

TEST(Evaluation, QueriesAgainstEachOtherLeaveThemselvesOut) {
  EvaluationSet set;
  for (uint64_t group = 0; group < 3; ++group)
    for (int member = 0; member < 2; ++member)
      set.queries.push_back(item_of(fmt::format("{}{}", group, member), noise(200, group)));
  set.match_with = MatchQueriesWith::kEachOther;
  for (int64_t q = 0; q < 6; ++q) set.relevance.push_back({{q ^ 1}, {q}});
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("map"), 1);
  EXPECT_EQ(model.calls, 6) << "a query that is a candidate too is embedded once";
  const auto json = nlohmann::json::parse(report_json(record_of(report)));
  EXPECT_EQ(json["systems"][0]["queries"][4]["top1"], "21") << "not the query itself";
}

std::vector<dsp::Note> notes_of(const std::vector<double>& pitches) {
  std::vector<dsp::Note> notes;
  for (size_t i = 0; i < pitches.size(); ++i) {
    const double start_s = 0.4 * static_cast<double>(i);
    notes.push_back({start_s, start_s + 0.4, pitches[i], 0.8});
  }
  return notes;
}

TEST(Evaluation, TheBaselineFindsTransposedTunesAndStandsBesideTheModel) {
  EvaluationSet set;
  for (size_t i = 0; i < kTunes.size(); ++i) {
    EvaluationItem reference =
        item_of(std::to_string(i), noise(400, i));  // which the model cannot make use of
    reference.notes = [i] { return notes_of(kTunes[i]); };
    set.references.push_back(reference);
    set.queries.push_back(item_of("q" + std::to_string(i), tune(kTunes[i], -5.4)));
    set.relevance.push_back({{static_cast<int64_t>(i)}, {}});
  }
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationConfig config;
  config.bootstrap_resamples = 200;
  const EvaluationReport report = evaluate(set, &model, config, observer);
  ASSERT_EQ(report.systems.size(), 2u);
  EXPECT_EQ(report.systems[0].name, "baseline");
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);
  ASSERT_EQ(report.difference.size(), report.systems[0].metrics.size());
  for (size_t m = 0; m < report.difference.size(); ++m)
    EXPECT_DOUBLE_EQ(report.difference[m].estimate.mean,
                     report.systems[1].metrics[m].estimate.mean - report.systems[0].metrics[m].estimate.mean);
  EXPECT_THAT(report_table(record_of(report)),
              AllOf(HasSubstr("baseline"), HasSubstr("model"), HasSubstr("difference"), HasSubstr("Top-10"),
                    HasSubstr("MRR"), HasSubstr("mAP")));
}

TEST(Evaluation, IntervalsOverSongsTakeHumsOfASongTogether) {
  EvaluationSet set = planted_set();
  // Three hums of one song are found, two of another are told a wrong target.
  set.songs = {"found", "found", "found", "lost", "lost"};
  std::swap(set.relevance[3], set.relevance[4]);
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  EXPECT_EQ(report.song_count(), 2);
  const MetricEstimate& top1 = report.systems[0].metrics[0];
  EXPECT_DOUBLE_EQ(top1.estimate.mean, 0.6);
  EXPECT_DOUBLE_EQ(top1.by_song.mean, 0.6);
  EXPECT_DOUBLE_EQ(top1.by_song.low, 0) << "two songs are drawn, and a quarter of the draws are of one alone";
  EXPECT_DOUBLE_EQ(top1.by_song.high, 1);
  EXPECT_GT(top1.estimate.low, 0);
  EXPECT_THAT(report_table(record_of(report)), AllOf(HasSubstr("\n by song"), HasSubstr("over the 2 songs")));
  const auto json = nlohmann::json::parse(report_json(record_of(report)));
  EXPECT_EQ(json["songs"], 2);
  EXPECT_EQ(json["systems"][0]["queries"][3]["song"], "lost");
  EXPECT_EQ(json["systems"][0]["metrics"]["top1"]["by_song"]["low"], 0.0);
}

TEST(Evaluation, OneSongHasNoIntervalOverSongs) {
  EvaluationSet set = planted_set();
  set.songs.assign(5, "the only one");
  std::swap(set.relevance[3], set.relevance[4]);
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationRecord record = record_of(evaluate(set, &model, without_baseline(), observer));
  EXPECT_TRUE(std::isnan(record.model()->metric("mrr")->by_song.low));
  EXPECT_THAT(report_table(record), ContainsRegex("\n by song +-  +-"));
  EXPECT_THAT(report_table(record), Not(HasSubstr("nan")));
  const auto json = nlohmann::ordered_json::parse(report_json(record));
  EXPECT_TRUE(json["systems"][0]["metrics"]["mrr"]["by_song"]["low"].is_null());
  EXPECT_TRUE(std::isnan(json.get<EvaluationRecord>().model()->metric("mrr")->by_song.high));
}

TEST(EvaluationReport, HoldsEverySettingThatAFigureDependsOn) {
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationConfig config;
  search_of(config).trim_queries_db = 41;
  search_of(config).query_tempo_ratios = {1, 0.5};
  search_of(config).similarity.uncovered_cost = 0.25;
  search_of(config).similarity.correlation = retrieval::Correlation::kCross;
  search_of(config).voice = {.level_db = 35, .share = 0.25};
  search_of(config).normalise = retrieval::Normalisation::kZ;
  config.systems[0].settings<BaselineConfig>().contour.cap_semitones = 3;
  const auto json =
      nlohmann::json::parse(report_json(record_of(evaluate(planted_set(), &model, config, observer))));
  const auto back = configs::parse_config<EvaluationConfig>(json["settings"].dump(), "report.json");
  EXPECT_EQ(configs::to_yaml(back), configs::to_yaml(config)) << "the settings read back as they were";
}

TEST(Evaluation, RefusesSetsThatCannotBeJudged) {
  RunObserver observer;
  PlantedEmbedder model;
  EXPECT_THROW(evaluate(EvaluationSet(), &model, EvaluationConfig(), observer), ConfigError);
  EXPECT_THROW(evaluate(planted_set(), nullptr, without_baseline(), observer), ConfigError);
}

TEST(EvaluationRecord, IsReadAsItWasWritten) {
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationRecord record = record_of(evaluate(planted_set(), &model, without_baseline(), observer));
  const std::string text = report_json(record);
  const auto read = nlohmann::ordered_json::parse(text).get<EvaluationRecord>();
  EXPECT_EQ(report_json(read), text);
  ASSERT_NE(read.model(), nullptr);
  EXPECT_EQ(read.model()->queries.size(), record.model()->queries.size());
  EXPECT_EQ(read.baseline(), nullptr);
}

TEST(EvaluationRecord, OlderReportsAreRead) {
  const auto old = nlohmann::ordered_json::parse(R"({
    "name": "held_out", "protocol": "queries against references", "queries": 1, "candidates": 5,
    "settings": {"bootstrap_resamples": 500, "seed": 3, "tracker": "pyin"},
    "systems": [{"name": "no learning", "wall_s": 1, "metrics": {"mrr": {"mean": 0.5, "low": 0.5, "high": null}},
                 "queries": [{"query": "q", "rank": 2}]}]})");
  const auto record = old.get<EvaluationRecord>();
  ASSERT_NE(record.baseline(), nullptr);
  EXPECT_EQ(record.baseline()->metric("mrr")->estimate.mean, 0.5);
  EXPECT_EQ(record.baseline()->metric("map"), nullptr);
  EXPECT_EQ(record.baseline()->queries[0].rank, 2);
  EXPECT_EQ(record.bootstrap().resamples, 500);
  EXPECT_TRUE(record.sources.is_null()) << "older reports do not say what was asked";
}

TEST(EvaluationSources, AFolderIsItsTableOrWhatLiesInIt) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "b.mid", "bb");
  write_file_atomically(folder / "a.mid", "a");
  const SourceFile listed = source_file(folder.path());
  EXPECT_EQ(listed.path, folder.path().string());
  EXPECT_EQ(listed.sha256, sha256_of("1 a.mid\n2 b.mid\n"));
  write_file_atomically(folder / "b.mid", "bbb");
  EXPECT_NE(source_file(folder.path()).sha256, listed.sha256);
  write_file_atomically(folder / "references.csv", "reference_id,path\n");
  EXPECT_EQ(source_file(folder.path()).path, (folder / "references.csv").string());
  EXPECT_EQ(source_file(folder.path()).sha256, sha256_of("reference_id,path\n"));
  EXPECT_THROW(source_file(folder / "nowhere.csv"), DataError);
}

TEST(EvaluationSources, NameModelAndCorpusWhereThereAreAny) {
  EvaluationSet set = planted_set();
  set.sources.corpus = {.shards = {"shards", "abc"}, .rendition = "vocals", .seed = 7, .songs = {"s1", "s2"}};
  set.sources.model = {"def", 1500};
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationRecord record = record_of(evaluate(set, &model, without_baseline(), observer));
  EXPECT_EQ(record.sources, nlohmann::ordered_json::parse(R"({
    "corpus": {"shards": {"path": "shards", "sha256": "abc"}, "rendition": "vocals", "seed": 7,
               "held_out_songs": ["s1", "s2"]},
    "model": {"sha256": "def", "step": 1500}})"));
  EXPECT_EQ(nlohmann::ordered_json::parse(report_json(record)).get<EvaluationRecord>().sources,
            record.sources);
}

TEST(EvaluationReport, CsvHasALinePerQueryAndSystem) {
  PlantedEmbedder model;
  RunObserver observer;
  const std::string csv =
      report_csv(record_of(evaluate(planted_set(), &model, without_baseline(), observer)));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 6);
  EXPECT_THAT(csv, HasSubstr("\nmodel,q3,r3,1,1,"));
}

TEST(E2eEvaluation, TablesOnDisk) {
  testing::TempFolder folder;
  std::string queries = "query,reference_id\n", references = "reference_id,path\n";
  for (size_t i = 0; i < kTunes.size(); ++i) {
    const std::string name = std::to_string(i);
    testing::write_wav(folder / ("q" + name + ".wav"), tune(kTunes[i], 3));
    testing::write_wav(folder / ("r" + name + ".wav"), tune(kTunes[i], 0));
    queries += fmt::format("q{}.wav,tune{}\n", i, i);
    references += fmt::format("tune{},r{}.wav\n", i, i);
  }
  write_file_atomically(folder / "q.csv", queries);
  write_file_atomically(folder / "r.csv", references);
  RunObserver observer;
  const auto report =
      evaluate(read_reference_set({.queries = folder / "q.csv", .references = {folder / "r.csv"}}), nullptr,
               EvaluationConfig(), observer);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);
  write_report(record_of(report), folder / "out");
  const auto json = nlohmann::json::parse(read_file(folder / "out/report.json"));
  EXPECT_EQ(json["systems"][0]["metrics"]["mrr"]["mean"], 1.0);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/queries.csv"));

  write_file_atomically(folder / "r2.wav", "RIFF but nothing more");
  try {
    evaluate(read_reference_set({.queries = folder / "q.csv", .references = {folder / "r.csv"}}), nullptr,
             EvaluationConfig(), observer);
    FAIL() << "a broken reference was taken";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("r.csv: line 4"), HasSubstr("r2.wav"), HasSubstr("--keep-going")));
  }
}

TEST(E2eEvaluation, FurtherRightAnswersAndReferencesLeftOut) {
  testing::TempFolder folder;
  std::string queries = "query,reference_id,also\n", references = "reference_id,path,also\n";
  for (size_t i = 0; i < kTunes.size(); ++i) {
    testing::write_wav(folder / fmt::format("q{}.wav", i), tune(kTunes[i], 3));
    testing::write_wav(folder / fmt::format("r{}.wav", i), tune(kTunes[i], 0));
    queries += fmt::format("q{}.wav,tune{},{}\n", i, i, i == 1 ? "tune3" : "");
    references += fmt::format("tune{},r{}.wav,{}\n", i, i, i == 2 ? "tune0; tune3" : "");
  }
  write_file_atomically(folder / "q.csv", queries);
  write_file_atomically(folder / "r.csv", references);
  EvaluationTables tables{.queries = folder / "q.csv", .references = {folder / "r.csv"}};
  const EvaluationSet set = read_reference_set(tables);
  EXPECT_EQ(set.relevance[0].targets, (std::vector<int64_t>{0, 2})) << "r2 quotes tune0";
  EXPECT_EQ(set.relevance[1].targets, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(set.relevance[2].targets, (std::vector<int64_t>{2}));
  EXPECT_EQ(set.relevance[3].targets, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(set.songs[1], "tune1");
  RunObserver observer;
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer);
  EXPECT_LT(report.systems[0].metric("map"), 1) << "r2 does not sound like tune0";

  tables.omissions.leave_out = {"tune2"};
  const EvaluationSet fewer = read_reference_set(tables);
  EXPECT_EQ(fewer.references.size(), 3u);
  EXPECT_EQ(fewer.left_out, std::vector<std::string>{"q2.wav"}) << "its reference is no candidate";
  const auto fewer_report = evaluate(fewer, nullptr, EvaluationConfig(), observer);
  EXPECT_DOUBLE_EQ(fewer_report.systems[0].metric("top1"), 1);
  const auto sources = nlohmann::json::parse(report_json(record_of(fewer_report)))["sources"];
  EXPECT_EQ(sources["leave_out"], nlohmann::json({"tune2"}));
  EXPECT_EQ(sources["queries"]["path"], (folder / "q.csv").string());
  EXPECT_EQ(sources["queries"]["sha256"], sha256_of(queries));
  EXPECT_EQ(sources["references"][0]["sha256"], sha256_of(references));
  EXPECT_EQ(sources["broken_items"], "are errors");
  EXPECT_FALSE(sources.contains("model")) << "the baseline needs none";
  tables.omissions.leave_out = {"tune22"};
  try {
    read_reference_set(tables);
    FAIL() << "a reference that is nowhere was left out";
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("'tune22' is not in the references"), HasSubstr("'tune2'")));
  }
}

TEST(E2eEvaluation, RealHumsWithoutLearning) {
  const auto data = testing::shared_data();
  MELOMINE_REQUIRE_PATH(data / "hums_kth_ss/queries.csv");
  RunObserver observer;
  const auto set = read_reference_set(
      {.queries = data / "hums_kth_ss/queries.csv", .references = {data / "refs_mirqbsh/references.csv"}});
  EXPECT_EQ(set.queries.size(), 30u);
  EXPECT_EQ(set.left_out.size(), 30u);
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer);
  // A reference run of another implementation: Top-1 0.53, Top-10 0.83, MRR 0.64.
  EXPECT_GE(report.systems[0].metric("top1"), 0.7);
  EXPECT_GE(report.systems[0].metric("top10"), 0.9);
  EXPECT_GE(report.systems[0].metric("mrr"), 0.8);
}

}  // namespace
}  // namespace melomine::evaluation
