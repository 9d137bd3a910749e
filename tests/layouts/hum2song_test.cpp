#include "layouts/hum2song.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

const std::string kMeta =
    "music_id,song_path,hum_path\n"
    "007,train/song/0001.mp3,train/hum/0001.mp3\n"
    "007,train/song/0002.mp3,train/hum/0002.mp3\n"
    "8,train/song/0003.mp3,train/hum/0003.mp3\n";

MadeTree set_with(const std::string& meta) {
  MadeTree tree;
  tree.write("train/train_meta.csv", meta);
  tree.touch({"train/hum/0001.mp3", "train/hum/0002.mp3", "train/song/0001.mp3", "train/song/0002.mp3",
              "train/song/0003.mp3"});
  return tree;
}

TEST(Hum2Song, PartsOfASongHaveItsIdAsGroup) {
  const MadeTree tree = set_with(kMeta);
  for (const char* root : {"", "train", "train/train_meta.csv"}) {
    const PublishedSet set = read_hum2song(tree.path(root));
    EXPECT_EQ(ids_of(set.queries), "train/hum/0001.mp3 train/hum/0002.mp3 -train/hum/0003.mp3") << root;
    EXPECT_EQ(groups_of(set.references), "007 007 8");
    EXPECT_EQ(set.checklist.text(), "2 of 3 queries, 3 of 3 parts of songs; missing: train/hum/0003.mp3");
  }
}

TEST(Hum2Song, PathsOfOtherMachinesAreFoundByTheirLastNames) {
  const MadeTree tree = set_with(with_line_ends(
      "id,hum path,song path\n1,C:\\data\\hum\\0001.mp3,C:\\data\\song\\0001.mp3\n2,x/hum/0001.mp3\n",
      "\r\n"));
  const PublishedSet set = read_hum2song(tree.path());
  ASSERT_EQ(set.queries.size(), 1u);
  EXPECT_TRUE(set.queries[0].is_there);
  EXPECT_EQ(set.checklist.unread_rows, 1);
}

TEST(Hum2Song, WithoutIdsAPartOfASongIsItsOwnGroup) {
  const MadeTree tree = set_with(
      "hum,song\nhum/0001.mp3,song/0001.mp3\nhum/0002.mp3,song/0001.mp3\nhum/0001.mp3,song/0002.mp3\n");
  const PublishedSet set = read_hum2song(tree.path());
  EXPECT_EQ(groups_of(set.queries), "0001 0001");
  EXPECT_EQ(ids_of(set.references), "song/0001.mp3");
  EXPECT_THAT(set.checklist.unread[0], HasSubstr("line 4: lacks a hum or a song, or gives a hum again"));
}

TEST(Hum2Song, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"public_test/hum/0001.mp3"});
  EXPECT_THAT(refusal([&] { read_hum2song(tree.path()); }),
              HasSubstr("for train_meta.csv (any *meta*.csv); it holds public_test/"));
  tree.write("train_meta.csv", "a,b\n1,2\n");
  EXPECT_THAT(refusal([&] { read_hum2song(tree.path()); }),
              HasSubstr("has no columns of a hum's and a song's path; it has: a, b"));
}

}  // namespace
}  // namespace melomine::layouts
