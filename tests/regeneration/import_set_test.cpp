#include "regeneration/import_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/csv.h"
#include "datasets/songs_table.h"
#include "tests/regeneration/made_table.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;
using layouts::Item;
using layouts::PublishedSet;

Item item(const char* id, const char* path, const char* group, const char* video = "") {
  return {.id = id, .path = path, .is_there = *path != '\0', .group = group, .youtube_id = video};
}

TEST(ImportSet, VersionsBecomeOriginalsAndCoversThatFindEachOther) {
  const testing::TempFolder folder;
  const PublishedSet set{.references = {item("v1", "", "w1", "-gone"), item("v2", "/a/v2.mp3", "w1", "two"),
                                        item("v3", "/a/v3.mp3", "w1"), item("v4", "/a/v4.mp3", "w2"),
                                        item("v5", "", "w2", "../x")}};
  const ImportSummary summary = import_set(set, folder.path());
  const auto songs = datasets::read_songs_table(folder / "songs.csv").recordings;
  ASSERT_EQ(songs.size(), 3u);
  EXPECT_EQ(songs[0].recording_id, "v2");
  EXPECT_EQ(songs[0].kind, datasets::RecordingKind::kOriginal) << "the first that is there";
  EXPECT_EQ(songs[1].kind, datasets::RecordingKind::kCover);
  EXPECT_EQ(songs[1].song_id, "w1");
  EXPECT_EQ(songs[2].kind, datasets::RecordingKind::kOriginal);
  EXPECT_EQ(summary.queries, 2) << "w2 has one version left";
  EXPECT_FALSE(fs::exists(folder / "references.csv"));
  EXPECT_EQ(read_file(folder / "plan.csv"), "youtube_id,id,group\n-gone,v1,w1\n../x,v5,w2\n");
  int64_t refused = 0;
  const auto wanted = wanted_of(set, refused);
  ASSERT_EQ(wanted.size(), 1u);
  EXPECT_EQ(wanted[0].id, "-gone");
  EXPECT_EQ(refused, 1);
}

TEST(ImportSet, HumsAreAskedForTheirReferences) {
  const testing::TempFolder folder;
  const PublishedSet set{
      .queries = {{.id = "q1", .path = "/h/q1.wav", .is_there = true, .right = {"r2", "r1", "gone"}},
                  {.id = "q2", .path = "/h/q2.wav", .is_there = true, .right = {"gone"}},
                  {.id = "r1", .path = "/h/r1.wav", .is_there = true, .group = "g"}},
      .references = {item("r1", "/m/r1.mid", "g"), item("r2", "/m/r2.mp3", "")}};
  import_set(set, folder.path());
  EXPECT_EQ(read_file(folder / "queries.csv"),
            "query,reference_id,group,also\n/h/q1.wav,r2,q1,r1\n/h/q2.wav,,q2,\n/h/r1.wav,r1,g,\n");
  EXPECT_EQ(read_file(folder / "references.csv"), "reference_id,path\nr1,/m/r1.mid\nr2,/m/r2.mp3\n");
  const auto songs = datasets::read_songs_table(folder / "songs.csv").recordings;
  ASSERT_EQ(songs.size(), 4u) << "scores are nothing to ingest";
  EXPECT_EQ(songs[3].recording_id, "r1");
  EXPECT_EQ(songs[3].kind, datasets::RecordingKind::kHumming);
}

TEST(ImportSet, TablesOfAnEarlierCallThatHaveNoRowsAreRemoved) {
  const testing::TempFolder folder;
  import_set({.references = {item("v1", "", "w", "x"), item("v2", "/a.mp3", "w"), item("v3", "/b.mp3", "w")}},
             folder.path());
  EXPECT_TRUE(fs::exists(folder / "plan.csv"));
  import_set({.references = {item("r1", "/a.mid", "r1"), item("r2", "/b.mid", "r2")}}, folder.path());
  EXPECT_EQ(read_file(folder / "references.csv"), "reference_id,path\nr1,/a.mid\nr2,/b.mid\n");
  import_set({.references = {item("v1", "", "w")}}, folder.path());
  for (const char* table : {"plan.csv", "songs.csv", "queries.csv", "references.csv"})
    EXPECT_FALSE(fs::exists(folder / table)) << table;
}

}  // namespace
}  // namespace melomine::regeneration
