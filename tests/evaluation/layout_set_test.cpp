#include "evaluation/layout_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluation/distance_matrix.h"
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_record.h"
#include "evaluation/evaluation_report.h"
#include "tests/evaluation/planted_set.h"
#include "tests/support/temp_folder.h"

namespace melomine::evaluation {
namespace {

using layouts::Item;
using layouts::PublishedSet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Files of one byte stand for audio: nothing is decoded before a search.
class LayoutSetTest : public ::testing::Test {
 protected:
  Item item(const std::string& id, const std::string& group, bool is_there = true) {
    const std::filesystem::path path = folder_ / (id + ".wav");
    if (is_there) write_file_atomically(path, "x");
    return {.id = id, .path = path, .is_there = is_there, .group = group, .place = "list: " + id};
  }
  PublishedSet set(std::vector<Item> queries, std::vector<Item> references) const {
    PublishedSet published{.queries = std::move(queries),
                           .references = std::move(references),
                           .checklist = {.layout = "Made", .root = folder_.path()}};
    check_items(published.checklist, "queries", published.queries);
    check_items(published.checklist, "references", published.references);
    return published;
  }
  std::filesystem::path further(const std::vector<std::string>& ids) const {
    for (const std::string& id : ids) write_file_atomically(folder_ / ("further/" + id + ".wav"), "x");
    return folder_ / "further";
  }
  melomine::testing::TempFolder folder_;
};

std::vector<std::string> ids_of(const std::vector<EvaluationItem>& items) {
  std::vector<std::string> ids;
  for (const EvaluationItem& item : items) ids.push_back(item.id);
  return ids;
}

/// "q: r1 r2 (not r3)" of each query.
std::vector<std::string> relevance_of(const EvaluationSet& set) {
  std::vector<std::string> lines;
  for (size_t q = 0; q < set.queries.size(); ++q) {
    std::string line = set.queries[q].id + ":";
    for (const int64_t r : set.relevance[q].targets)
      line += " " + set.candidates()[static_cast<size_t>(r)].id;
    for (const int64_t r : set.relevance[q].excluded)
      line += " (not " + set.candidates()[static_cast<size_t>(r)].id + ")";
    lines.push_back(line);
  }
  return lines;
}

TEST_F(LayoutSetTest, QueriesFindWhatTheyNameElseTheirGroup) {
  Item named = item("q1", "a");
  named.right = {"r2"};
  const auto published = set({named, item("q2", "a"), item("q3", "b"), item("q4", "a", false)},
                             {item("r1", "a"), item("r2", "a"), item("r3", "b", false)});
  const EvaluationSet made = set_of_layout(published, {});
  EXPECT_EQ(made.match_with, MatchQueriesWith::kReferences);
  EXPECT_THAT(ids_of(made.references), ElementsAre("r1", "r2"));
  EXPECT_THAT(relevance_of(made), ElementsAre("q1: r2", "q2: r1 r2"));
  EXPECT_THAT(made.left_out, ElementsAre("q3"));
  EXPECT_THAT(made.songs, ElementsAre("a", "a"));
  EXPECT_EQ(made.availability->text(), "3 of 4 queries, 2 of 3 references; missing: q4, r3");
}

TEST_F(LayoutSetTest, AQueryThatIsAReferenceDoesNotFindItself) {
  const auto published =
      set({item("a1", "a"), item("b1", "b")}, {item("a1", "a"), item("a2", "a"), item("b1", "b")});
  const EvaluationSet made = set_of_layout(published, {});
  EXPECT_THAT(relevance_of(made), ElementsAre("a1: a2 (not a1)"));
  EXPECT_THAT(made.left_out, ElementsAre("b1"));
}

TEST_F(LayoutSetTest, FurtherReferencesAreTheFirstByTheirIdsAndRightForNothing) {
  const auto published = set({item("q", "a")}, {item("r", "a")});
  const LayoutRequest request{.further = {further({"d3", "d1", "d2"})}, .most_further = 2};
  const EvaluationSet made = set_of_layout(published, request);
  EXPECT_THAT(ids_of(made.references), ElementsAre("r", "d1", "d2"));
  EXPECT_THAT(relevance_of(made), ElementsAre("q: r"));
  EXPECT_EQ(made.availability->text(), "1 of 1 queries, 1 of 1 references, 2 of 2 further references");
  LayoutRequest more = request;
  more.most_further = 2000;
  EXPECT_THAT(set_of_layout(published, more).availability->text(),
              HasSubstr("3 of 2,000 further references"));
  further({"r"});
  more.most_further = 0;
  try {
    set_of_layout(published, more);
    ADD_FAILURE() << "a further reference bears a reference's name";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("'r' is a reference of Made, too"));
  }
}

TEST_F(LayoutSetTest, QueriesAmongEachOtherLeaveOutWhoIsAlone) {
  const auto published =
      set({item("1", "a"), item("2", "b"), item("3", "a"), item("4", "b", false), item("5", "a")}, {});
  const EvaluationSet made = set_of_layout(published, {.question = LayoutQuestion::kEachOther});
  EXPECT_EQ(made.match_with, MatchQueriesWith::kEachOther);
  EXPECT_THAT(relevance_of(made), ElementsAre("1: 3 5 (not 1)", "3: 1 5 (not 3)", "5: 1 3 (not 5)"));
  EXPECT_THAT(made.left_out, ElementsAre("2"));
}

TEST_F(LayoutSetTest, QueriesAmongAllFindReferencesToo) {
  const auto published =
      set({item("1", "a"), item("2", "b"), item("3", "a")}, {item("A", "a"), item("C", "c")});
  const EvaluationSet made = set_of_layout(published, {.question = LayoutQuestion::kAmongAll});
  EXPECT_THAT(ids_of(made.references), ElementsAre("A", "C", "1", "2", "3"));
  EXPECT_THAT(relevance_of(made), ElementsAre("1: A 3 (not 1)", "3: A 1 (not 3)"));
  EXPECT_THAT(made.left_out, ElementsAre("2"));
}

TEST_F(LayoutSetTest, VersionsAreEachAskedAmongTheOthers) {
  const auto published = set({}, {item("1", "a"), item("2", "a"), item("3", "b"), item("4", "b")});
  const EvaluationSet made = set_of_layout(published, {.question = LayoutQuestion::kVersions});
  EXPECT_EQ(made.match_with, MatchQueriesWith::kEachOther) << "each is heard once";
  EXPECT_THAT(made.references, IsEmpty());
  EXPECT_THAT(relevance_of(made),
              ElementsAre("1: 2 (not 1)", "2: 1 (not 2)", "3: 4 (not 3)", "4: 3 (not 4)"));
}

TEST_F(LayoutSetTest, NoiseIsNeverAskedAndAnIncompleteWorkTakesNoPart) {
  const auto published = set({}, {item("lonely", "b"), item("gone", "b", false), item("1", "a"),
                                  item("noise", "n"), item("2", "a")});
  const EvaluationSet made = set_of_layout(published, {.question = LayoutQuestion::kVersions});
  EXPECT_EQ(made.match_with, MatchQueriesWith::kReferences);
  EXPECT_THAT(ids_of(made.references), ElementsAre("1", "noise", "2"));
  EXPECT_THAT(relevance_of(made), ElementsAre("1: 2 (not 1)", "2: 1 (not 2)"));
  EXPECT_THAT(made.left_out, ElementsAre("lonely"));
}

TEST_F(LayoutSetTest, WhatHasNothingToAskSaysWhatIsThere) {
  const auto published = set({item("q1", "a"), item("q2", "a", false)}, {item("r1", "a", false)});
  try {
    set_of_layout(published, {});
    ADD_FAILURE() << "there is nothing to find";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(),
                HasSubstr("of Made no query with something right to find is there: 1 of 2 queries, 0 of 1 "
                          "references; missing: q2, r1; 1 have nothing right, 'q1' the first"));
  }
}

TEST_F(LayoutSetTest, SourcesAreTheFolderAndItsLists) {
  auto published = set({item("q", "a")}, {item("r", "a")});
  write_file_atomically(folder_ / "list", "1");
  published.lists = {folder_ / "list"};
  const EvaluationSet before = set_of_layout(published, {});
  EXPECT_EQ(before.sources.queries->path, folder_.path());
  ASSERT_EQ(before.sources.lists.size(), 1u);
  write_file_atomically(folder_ / "q.wav", "longer");
  EXPECT_NE(set_of_layout(published, {}).sources.queries->sha256, before.sources.queries->sha256);
}

/// One query; the parts of song b are more alike it than the second part of a.
EvaluationSet folded_set() {
  EvaluationSet set = planted_set();
  set.queries.resize(1);
  set.folds = {"a", "b", "b", "a", "c"};
  set.relevance = {{{0, 3}, {}}};
  return set;
}

TEST(Folding, SongsAreJudgedAtTheirBestPart) {
  const EvaluationSet set = folded_set();
  const PlantedEmbedder model;
  RunObserver observer;
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  EXPECT_THAT(report.candidates, ElementsAre("a", "b", "c"));
  EXPECT_THAT(report.targets[0], ElementsAre(0));
  EXPECT_EQ(report.systems[0].ranked[0].average_precision, 1)
      << "one song is right, its second part counts for nothing";
  ASSERT_EQ(report.systems[0].best[0].size(), 3u);
  EvaluationSet plain = set;
  plain.folds.clear();
  EXPECT_LT(evaluate(plain, &model, without_baseline(), observer).systems[0].ranked[0].average_precision, 1);
}

TEST(Folding, ThatDoesNotGoWithTheSetIsRefused) {
  const PlantedEmbedder model;
  RunObserver observer;
  EvaluationSet set = folded_set();
  set.folds.pop_back();
  EXPECT_THROW(evaluate(set, &model, without_baseline(), observer), ConfigError);
  set = folded_set();
  set.relevance[0].excluded = {1};
  EXPECT_THROW(evaluate(set, &model, without_baseline(), observer), ConfigError);
}

TEST(DistanceMatrix, IsHowFarScoresLieUnderTheBest) {
  EvaluationReport report;
  report.name = "set";
  report.candidates = {"a", "b", "c"};
  report.queries = {"b", "q"};
  SystemResult system;
  system.name = "model";
  system.rankings = {
      {{.reference = 1, .score = 9, .start_s = 0},
       {.reference = 2, .score = 0.75f, .start_s = 0},
       {.reference = 0, .score = 0.25f, .start_s = 0}},
      {{.reference = 2, .score = -1, .start_s = 0}, {.reference = 1, .score = -3, .start_s = 0}}};
  EXPECT_EQ(distance_matrix(report, system),
            "set: model\n1\ta\n2\tb\n3\tc\n4\tq\nQ/R\t1\t2\t3\n2\t0.5\t0\t0\n4\t3\t2\t0\n");
}

TEST(DistanceMatrix, IsWrittenForEachSystemWhereTheSetAsksForIt) {
  const PlantedEmbedder model;
  RunObserver observer;
  const melomine::testing::TempFolder folder;
  EvaluationConfig config = without_baseline();
  write_distance_matrices(evaluate(planted_set(), &model, config, observer), folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / "distances_model.txt"));
  config.distance_matrix = kMirexMatrix;
  write_distance_matrices(evaluate(planted_set(), &model, config, observer), folder.path());
  const std::string text = read_file(folder / "distances_model.txt");
  EXPECT_THAT(text, HasSubstr("planted: model\n1\tr0\n"));
  EXPECT_THAT(text, HasSubstr("10\tq4\nQ/R\t1\t2\t3\t4\t5\n6\t0\t"));
}

TEST(EvaluationReport, ShowsWhatIsThereAndTheMetricsThatPapersReport) {
  EvaluationSet set = planted_set();
  set.availability = layouts::Checklist{.layout = "Made", .root = "here", .notes = {"ask before use"}};
  set.availability->parts.push_back({.what = "queries", .expected = 6, .found = 5, .missing = {"q5"}});
  set.availability->add_unread("list: line 3: is odd");
  const PlantedEmbedder model;
  RunObserver observer;
  const EvaluationRecord usual = record_of(evaluate(set, &model, without_baseline(), observer));
  const std::string said = "5 of 6 queries; missing: q5; 1 row not read: list: line 3: is odd";
  EXPECT_THAT(report_table(usual), HasSubstr("\nof Made there are " + said + "\n"));
  EXPECT_THAT(report_table(usual), HasSubstr("MRR                   mAP\n"));
  EXPECT_EQ(report_table(usual).find("MR1"), std::string::npos);
  EXPECT_NE(usual.systems[0].metric("nar"), nullptr) << "report.json has them all";

  set.shown_metrics = {"map", "mr1", "p10", "nar", "mrr10", "right10"};
  const EvaluationRecord record = record_of(evaluate(set, &model, without_baseline(), observer));
  EXPECT_THAT(report_table(record),
              HasSubstr("mAP                   MR1                   MRR@10                P@10"
                        "                  right in 10           NAR %\n"));
  EXPECT_EQ(report_table(record).find("Top-1"), std::string::npos);
  EXPECT_EQ(record.systems[0].metric("mr1")->estimate.mean, 1);
  EXPECT_DOUBLE_EQ(record.systems[0].metric("p10")->estimate.mean, 0.1);

  const auto json = nlohmann::ordered_json::parse(report_json(record));
  EXPECT_EQ(json["availability"]["text"], said);
  EXPECT_EQ(json["availability"]["parts"][0]["expected"], 6);
  const auto read = json.get<EvaluationRecord>();
  EXPECT_EQ(report_json(read), report_json(record));
  EXPECT_EQ(report_table(read), report_table(record));
}

}  // namespace
}  // namespace melomine::evaluation
