#include "library/index_recall.h"

#include <gtest/gtest.h>

#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

using testing::PlantedSongs;

IndexRecall recall_of(PlantedSongs& planted, const std::string& factory, const SearchConfig& search = {}) {
  RunObserver silent;
  planted.builder().add(planted.songs(0, 60), PlantedSongs::hear, {.factory = factory}, silent);
  return measure_recall(Library::open(planted.library()), search, {.stretches = 40});
}

TEST(IndexRecall, AnIndexThatComparesAllFindsAll) {
  PlantedSongs planted;
  const IndexRecall recall = recall_of(planted, "Flat");
  EXPECT_EQ(recall.stretches, 40);
  EXPECT_GT(recall.fingerprints, 400);
  EXPECT_EQ(recall.neighbours, SearchConfig{}.neighbours);
  EXPECT_GT(recall.nearest, 0.999);
  EXPECT_GT(recall.exact, 0.9);
  EXPECT_NEAR(recall.two_step, recall.exact, 0.05);
  EXPECT_GT(recall.exact_s, 0);
}

TEST(IndexRecall, AnIndexThatLooksIntoFewListsFindsLess) {
  PlantedSongs planted;
  SearchConfig search;
  search.probes = 1;
  const IndexRecall recall = recall_of(planted, "IVF32,SQ8", search);
  EXPECT_LT(recall.nearest, 0.9);
  EXPECT_GT(recall.nearest, 0.02);
  search.probes = 32;
  const IndexRecall all = measure_recall(Library::open(planted.library()), search, {.stretches = 40});
  EXPECT_GT(all.nearest, 0.9);
  EXPECT_GT(all.nearest, recall.nearest + 0.1);
}

TEST(IndexRecall, IsTheSameAtEveryCall) {
  PlantedSongs planted;
  const IndexRecall once = recall_of(planted, "IVF8,SQ8");
  const IndexRecall again = measure_recall(Library::open(planted.library()), {}, {.stretches = 40});
  EXPECT_EQ(once.nearest, again.nearest);
  EXPECT_EQ(once.two_step, again.two_step);
  EXPECT_EQ(once.exact, again.exact);
}

TEST(IndexRecall, NothingIsMeasuredWhereNothingIs) {
  PlantedSongs planted;
  recall_of(planted, "Flat");
  std::vector<std::string> ids;
  ids.reserve(60);
  for (int song = 0; song < 60; ++song) ids.push_back("song" + std::to_string(song));
  planted.builder().remove(ids);
  EXPECT_EQ(measure_recall(Library::open(planted.library()), {}, {}).stretches, 0);
}

}  // namespace
}  // namespace melomine::library
