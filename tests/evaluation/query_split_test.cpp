#include "evaluation/query_split.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_record.h"
#include "evaluation/evaluation_report.h"
#include "tests/evaluation/tunes.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::evaluation {
namespace {

using ::testing::ElementsAre;

/// A table of empty files: so many queries of each song, named SONG_NUMBER, song by song in turn.
class SplitTable {
 public:
  explicit SplitTable(const std::vector<std::pair<std::string, int>>& songs) {
    std::string rows = "query,group\n";
    int longest = 0;
    for (const auto& [song, count] : songs) longest = std::max(longest, count);
    for (int i = 0; i < longest; ++i)
      for (const auto& [song, count] : songs) {
        if (i >= count) continue;
        write_file_atomically(folder_ / fmt::format("{}_{}", song, i), "");
        rows += fmt::format("{}_{},{}\n", song, i, song);
      }
    write_file_atomically(folder_ / "q.csv", rows);
  }
  EvaluationSet split(const QuerySplit& split) const {
    return split_queries(read_each_other_set(folder_ / "q.csv"), split);
  }

 private:
  testing::TempFolder folder_;
};

std::vector<std::string> ids_in(const std::vector<EvaluationItem>& items, const std::string& song = "") {
  std::vector<std::string> ids;
  for (const EvaluationItem& item : items)
    if (item.id.rfind(song, 0) == 0) ids.push_back(item.id);
  return ids;
}

std::string song_named_in(const std::string& id) {
  return id.substr(0, id.find('_'));
}

TEST(QuerySplit, TakesTheShareOfEachSongAtLeastOneAndNeverAll) {
  const SplitTable table({{"ten", 10}, {"twentyfive", 25}, {"two", 2}, {"three", 3}});
  const auto counts = [&](double share) {
    const EvaluationSet set = table.split({.share = share});
    EXPECT_EQ(set.queries.size() + set.references.size(), 40u);
    std::vector<size_t> of_songs;
    for (const char* song : {"ten", "twentyfive", "two", "three"})
      of_songs.push_back(ids_in(set.queries, song + std::string("_")).size());
    return of_songs;
  };
  EXPECT_THAT(counts(0.1), ElementsAre(1, 3, 1, 1)) << "2.5 is rounded up";
  EXPECT_THAT(counts(0.5), ElementsAre(5, 13, 1, 2));
  EXPECT_THAT(counts(0.99), ElementsAre(9, 24, 1, 2));
}

TEST(QuerySplit, RightAreAllReferencesOfTheSongAndNothingElse) {
  const EvaluationSet set = SplitTable({{"a", 12}, {"b", 9}, {"c", 2}}).split({.share = 0.3, .seed = 4});
  ASSERT_EQ(set.relevance.size(), set.queries.size());
  ASSERT_EQ(set.songs.size(), set.queries.size());
  EXPECT_EQ(set.match_with, MatchQueriesWith::kReferences);
  std::set<std::string> all;
  for (const auto& items : {set.queries, set.references})
    for (const EvaluationItem& item : items) EXPECT_TRUE(all.insert(item.id).second) << item.id;
  EXPECT_EQ(all.size(), 23u);
  for (size_t q = 0; q < set.queries.size(); ++q) {
    EXPECT_EQ(set.songs[q], song_named_in(set.queries[q].id));
    std::vector<int64_t> right;
    for (size_t r = 0; r < set.references.size(); ++r)
      if (song_named_in(set.references[r].id) == set.songs[q]) right.push_back(static_cast<int64_t>(r));
    EXPECT_EQ(set.relevance[q].targets, right);
    EXPECT_TRUE(set.relevance[q].excluded.empty());
  }
}

TEST(PropertyQuerySplit, IsDrawnBySeedAndSongAlone) {
  const SplitTable table({{"a", 30}, {"b", 30}}), more({{"c", 30}, {"a", 30}});
  const auto queries = [](const SplitTable& of, int64_t seed, const char* song) {
    auto drawn = ids_in(of.split({.share = 0.2, .seed = seed}).queries, song);
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  };
  EXPECT_EQ(queries(table, 1, "a"), queries(table, 1, "a"));
  EXPECT_EQ(queries(table, 1, "a"), queries(more, 1, "a")) << "a song more or less changes nothing";
  EXPECT_NE(queries(table, 1, "a"), queries(table, 2, "a"));
  std::set<std::string> asked;
  for (int64_t seed = 0; seed < 60; ++seed)
    for (const std::string& id : queries(table, seed, "a")) asked.insert(id);
  EXPECT_EQ(asked.size(), 30u) << "each one is drawn at some time";
}

TEST(QuerySplit, ASongOfOneQueryIsRefused) {
  EXPECT_THROW(SplitTable({{"a", 5}, {"alone", 1}}).split({}), DataError);
}

TEST(E2eQuerySplit, HumsAreFoundAmongTheOthersAndTheReportSaysHowTheyWereSplit) {
  testing::TempFolder folder;
  std::string queries = "query,group\n";
  for (size_t i = 0; i < kTunes.size(); ++i)
    for (int hum = 0; hum < 3; ++hum) {
      const std::string name = fmt::format("t{}_{}.wav", i, hum);
      testing::write_wav(folder / name, tune(kTunes[i], 2 * hum));
      queries += fmt::format("{},tune{}\n", name, i);
    }
  write_file_atomically(folder / "q.csv", queries);
  const EvaluationSet set = split_queries(read_each_other_set(folder / "q.csv"), {.share = 0.4, .seed = 7});
  RunObserver observer;
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer);
  EXPECT_EQ(report.queries.size(), 4u);
  EXPECT_EQ(report.candidates.size(), 8u);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("map"), 1) << "by contours, whatever the key";
  const auto sources = nlohmann::json::parse(report_json(record_of(report)))["sources"];
  EXPECT_EQ(sources["split"], nlohmann::json({{"share", 0.4}, {"seed", 7}}));
}

TEST(QuerySplit, OfRealHumsATenthIsAsked) {
  const auto table = testing::shared_data() / "hums_kth_tx/queries.csv";
  MELOMINE_REQUIRE_PATH(table);
  const EvaluationSet set = split_queries(read_each_other_set(table), {});
  EXPECT_EQ(set.queries.size(), 10u) << "12 hums of each of 10 songs: one of each";
  EXPECT_EQ(set.references.size(), 110u);
  EXPECT_EQ(std::set<std::string>(set.songs.begin(), set.songs.end()).size(), 10u);
}

}  // namespace
}  // namespace melomine::evaluation
