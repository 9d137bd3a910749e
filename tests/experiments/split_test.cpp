#include "experiments/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/experiments/song_shards.h"

namespace melomine::experiments {
namespace {

using ::testing::IsSubsetOf;
using testing::songs_of_three;
using testing::SongShards;

DataConfig with(int64_t hum_songs, int64_t held_out, int64_t validation) {
  DataConfig data;
  data.shards = "shards";
  data.hum_songs = hum_songs;
  data.held_out_songs = held_out;
  data.validation_songs = validation;
  return data;
}

TEST(Split, AllTrainedSongsWithHumsMakeUpHUnlessAskedForFewer) {
  auto recordings = songs_of_three(8);
  recordings.erase(recordings.begin() + 2);  // song a has no hum
  const auto corpus = SongShards(recordings).corpus();
  auto all = split_songs(corpus, with(0, 2, 1), 1);
  EXPECT_EQ(all.train.size(), 5u);
  all.train.erase("a");
  EXPECT_EQ(all.hums, all.train);
  EXPECT_EQ(split_songs(corpus, with(100, 2, 1), 1).hums, all.hums);
}

TEST(Split, FewerHumSongsAreDrawnFromThoseTrainedOnAndChangeNothingElse) {
  const auto corpus = SongShards(songs_of_three(10)).corpus();
  const auto all = split_songs(corpus, with(0, 2, 2), 3);
  const auto few = split_songs(corpus, with(3, 2, 2), 3);
  EXPECT_EQ(few.hums.size(), 3u);
  EXPECT_THAT(few.hums, IsSubsetOf(few.train));
  EXPECT_EQ(few.train, all.train);
  EXPECT_EQ(few.validation, all.validation);
  EXPECT_EQ(few.held_out, all.held_out);
}

TEST(Split, FewHumSongsAreAmongTheMore) {
  const auto corpus = SongShards(songs_of_three(10)).corpus();
  for (int64_t count = 1; count < 8; ++count)
    EXPECT_THAT(split_songs(corpus, with(count, 1, 1), 5).hums,
                IsSubsetOf(split_songs(corpus, with(count + 1, 1, 1), 5).hums));
}

TEST(Split, TheSeedDrawsTheHumSongs) {
  const auto corpus = SongShards(songs_of_three(12)).corpus();
  std::set<std::set<std::string>> drawn;
  for (int64_t seed = 0; seed < 8; ++seed) {
    const auto hums = split_songs(corpus, with(3, 0, 0), seed).hums;
    EXPECT_EQ(hums, split_songs(corpus, with(3, 0, 0), seed).hums);
    drawn.insert(hums);
  }
  EXPECT_GT(drawn.size(), 4u);  // of 220 possible sets
}

TEST(Split, SongsHeldOutByNameAreNeitherTrainedNorValidatedOn) {
  const auto corpus = SongShards(songs_of_three(5)).corpus();
  DataConfig data = with(0, 1, 1);
  data.held_out_ids = {"b", "d"};
  for (int64_t seed = 0; seed < 5; ++seed) {
    const auto split = split_songs(corpus, data, seed);
    EXPECT_EQ(split.held_out.size(), 3u);
    EXPECT_TRUE(split.held_out.contains("b") && split.held_out.contains("d"));
    EXPECT_EQ(split.train.size() + split.validation.size(), 2u);
    EXPECT_EQ(split.hums, split.train);
  }
  data.held_out_ids = {"b", "nobody"};
  EXPECT_THROW(split_songs(corpus, data, 1), ConfigError);
}

}  // namespace
}  // namespace melomine::experiments
