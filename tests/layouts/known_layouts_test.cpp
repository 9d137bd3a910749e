#include "layouts/known_layouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/mir_st500.h"
#include "layouts/score_folder.h"
#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

TEST(KnownLayouts, AreReadByName) {
  const MadeTree tree;
  tree.touch({"a.mid", "b.mid"});
  EXPECT_EQ(ids_of(read_layout("essen", {.root = tree.path("."), .audio = {}, .split = {}}).references),
            "a b");
  EXPECT_THAT(refusal([&] { read_layout("shs10k", {.root = tree.path("."), .audio = {}, .split = {}}); }),
              HasSubstr("did you mean shs100k?"));
  for (const KnownLayout& layout : known_layouts()) {
    const std::string told =
        refusal([&] { layout.read({.root = tree.path("none"), .audio = {}, .split = {}}); });
    EXPECT_THAT(told, HasSubstr("none")) << layout.name;
  }
}

TEST(KnownLayouts, BothListsOfCovers80AreVersions) {
  const MadeTree tree;
  tree.write("list1.list", "A/x\nB/y\n");
  tree.write("list2.list", "A/z\nB/w\n");
  tree.touch({"covers32k/A/x.mp3", "covers32k/A/z.mp3", "covers32k/B/y.mp3", "covers32k/B/w.mp3"});
  const PublishedSet set = read_layout("covers80", {.root = tree.path("."), .audio = {}, .split = {}});
  EXPECT_TRUE(set.queries.empty());
  EXPECT_EQ(ids_of(set.references), "A/x B/y A/z B/w");
  EXPECT_EQ(groups_of(set.references), "A B A B");
}

TEST(MirSt500, SongsAreFoundByNumberOrVideo) {
  const MadeTree tree;
  tree.write(
      "set/MIR-ST500_link.json",
      R"({"1": "https://www.youtube.com/watch?v=one", "2": "https://youtu.be/two", "401": "https://youtu.be/late", "x": 3})");
  tree.touch({"audio/train/1/Mixture.mp3", "audio/two.m4a"});
  const PublishedSet all = read_mir_st500(tree.path("."), tree.path("audio"), "all");
  EXPECT_EQ(ids_of(all.references), "1 2 -401");
  EXPECT_EQ(all.references[2].youtube_id, "late");
  EXPECT_EQ(all.checklist.unread_rows, 1);
  EXPECT_EQ(ids_of(read_mir_st500(tree.path("set"), "", "test").references), "-401");
  EXPECT_THAT(refusal([&] { read_mir_st500(tree.path("set"), "", "dev"); }),
              HasSubstr("known: all, test, train"));
  EXPECT_THAT(refusal([&] { read_mir_st500(tree.path("audio"), "", "all"); }),
              HasSubstr("MIR-ST500_link.json"));
}

TEST(ScoreFolder, OtherArrangementsArePassedOver) {
  const MadeTree tree;
  tree.touch(
      {"POP909/001/001.mid", "POP909/001/versions/001-v1.mid", "POP909/002/002.mid", "POP909/index.xlsx"});
  EXPECT_EQ(ids_of(read_score_folder(tree.path("."), "POP909").references), "001 002");
  tree.touch({"POP909/003/001.mid"});
  EXPECT_THAT(refusal([&] { read_score_folder(tree.path("."), "POP909"); }),
              HasSubstr("each song needs its own"));
}

}  // namespace
}  // namespace melomine::layouts
