#include "layouts/mtg_qbh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

MadeTree hums() {
  MadeTree tree;
  tree.write("mtg/Queries.csv",
             "Query ID ,Filename   ,Class label, Title\r1 ,q1.wav   , 12 , \"Help, me\"\r2 "
             ",q2.wav,7,B\r3,q3.wav,99,C\r4,,7,D\r");
  tree.write("mtg/Collection_Canonicals.csv",
             "Class label,Title,Artist,Canonical\r\n12,Help,X,YES\r\n7,B,Y,YES\r\n5,Never asked,Z,YES\r\n");
  tree.write("mtg/readme.csv", "one,two\n");
  tree.touch({"mtg/q1.wav", "mtg/audio/q2.wav", "songs/12.mp3", "songs/7/live.mp3", "songs/7/studio.flac",
              "songs/7/cover.jpg"});
  return tree;
}

TEST(MtgQbh, ClassLabelsJoinHumsWithTheUsersSongs) {
  const MadeTree tree = hums();
  const PublishedSet set = read_mtg_qbh(tree.path("mtg"), tree.path("songs"));
  EXPECT_EQ(ids_of(set.queries), "q1 q2 -q3");
  EXPECT_EQ(groups_of(set.queries), "12 7 99");
  EXPECT_EQ(ids_of(set.references), "12 -5 7/live.mp3 7/studio.flac -99");
  EXPECT_EQ(groups_of(set.references), "12 5 7 7 99");
  EXPECT_THAT(set.checklist.text(),
              HasSubstr("2 of 3 queries, 2 of 4 songs; missing: q3, song 5, song 99; 1 row not read: "));
  EXPECT_THAT(set.checklist.unread[0], HasSubstr("Queries.csv: line 5: lacks a file name or a class label"));
  ASSERT_EQ(set.checklist.notes.size(), 1u);
  EXPECT_THAT(set.checklist.notes[0], HasSubstr("licence"));
  EXPECT_EQ(set.lists.size(), 2u);
}

TEST(MtgQbh, WithoutSongsNoReferenceIsThere) {
  const MadeTree tree = hums();
  EXPECT_EQ(ids_of(read_mtg_qbh(tree.path(), "").references), "-12 -5 -7 -99");
  EXPECT_THAT(refusal([&] { read_mtg_qbh(tree.path(), tree.path("none")); }),
              HasSubstr("none: there is no such folder of songs"));
}

TEST(MtgQbh, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"q1.wav"});
  EXPECT_THAT(refusal([&] { read_mtg_qbh(tree.path(), ""); }), HasSubstr("for Queries.csv; it holds q1.wav"));
  tree.write("Queries.csv", "Query ID,Filename\r1,q1.wav\r");
  EXPECT_THAT(refusal([&] { read_mtg_qbh(tree.path(), ""); }),
              HasSubstr("Queries.csv: line 1: lacks the column 'Class label'; it has: Query ID, Filename"));
}

}  // namespace
}  // namespace melomine::layouts
