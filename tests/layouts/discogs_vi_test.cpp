#include "layouts/discogs_vi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(DiscogsVi, TheLightFormIsOneObject) {
  const MadeTree tree;
  tree.write("DiscogsVI-YT-light.json.test",
             R"({"c2": [{"version_id": "v3", "track_title": "T", "youtube_id": "-x_y"}],
                 "c1": [{"version_id": "v1", "youtube_id": "abc"}, {"version_id": "v2", "youtube_id": "ABC"}, {}],
                 "c3": 7})");
  tree.touch({"audio/ab/abc.mp4", "audio/-x/-x_y.mp4", "audio/ab/abc.meta"});
  const PublishedSet set = read_discogs_vi(tree.path("DiscogsVI-YT-light.json.test"), tree.path("audio"));
  EXPECT_EQ(ids_of(set.references), "v1 -v2 v3");
  EXPECT_EQ(groups_of(set.references), "c1 c1 c2");
  EXPECT_EQ(set.references[2].youtube_id, "-x_y");
  EXPECT_TRUE(set.queries.empty());
  EXPECT_EQ(set.checklist.unread_rows, 2);
  EXPECT_THAT(set.checklist.unread, ElementsAre(HasSubstr("clique c1 has a version without version_id"),
                                                HasSubstr("clique c3 is no list")));
}

TEST(DiscogsVi, TheWholeFormIsReadLineByLine) {
  const std::string lines =
      R"({"clique_id":"c1","versions":[{"version_id":"v1","tracks":[{"video_youtube_query":"https://www.youtube.com/watch?v=one"}]},)"
      R"({"version_id":"v2","youtube_video":[{"url":"https://www.youtube.com/watch?v=gone"},{"url":"https://youtu.be/two?t=1"}]}]})"
      "\n{\"clique_id\":\"c2\"}\nnot json\n"
      R"({"clique_id":"c3","versions":[{"version_id":"v3","tracks":[]}]})"
      "\n";
  const MadeTree tree;
  tree.touch({"audio/one.m4a", "audio/two.mp4"});
  for (const char* name : {"Discogs-VI-YT.jsonl", "renamed.txt"}) {
    tree.write(name, lines);
    const PublishedSet set = read_discogs_vi(tree.path(name), tree.path("audio"));
    EXPECT_EQ(ids_of(set.references), "v1 v2 -v3") << name;
    EXPECT_EQ(set.references[1].youtube_id, "two");
    EXPECT_EQ(set.references[1].place, tree.path(name).string() + ": line 1");
    EXPECT_THAT(set.checklist.unread, ElementsAre(HasSubstr("line 2: lacks clique_id or versions"),
                                                  HasSubstr("line 3: is no JSON")));
  }
}

TEST(DiscogsVi, WhatIsNoListIsRefused) {
  const MadeTree tree;
  EXPECT_THAT(refusal([&] { read_discogs_vi(tree.path("none.json"), ""); }),
              HasSubstr("there is no such file"));
  tree.write("empty.json", "");
  EXPECT_THAT(refusal([&] { read_discogs_vi(tree.path("empty.json"), ""); }),
              HasSubstr("empty.json: is empty"));
  tree.write("broken.json", "{\"c\": [");
  EXPECT_THAT(refusal([&] { read_discogs_vi(tree.path("broken.json"), ""); }), HasSubstr("broken.json: "));
  tree.write("odd.jsonl", "[1]\n");
  EXPECT_THAT(
      refusal([&] { read_discogs_vi(tree.path("odd.jsonl"), ""); }),
      HasSubstr("odd.jsonl: names no version; " + tree.path("odd.jsonl").string() + ": line 1: lacks"));
}

}  // namespace
}  // namespace melomine::layouts
