#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/cover_hunter.h"
#include "layouts/covers80.h"
#include "layouts/datacos.h"
#include "layouts/shs100k.h"
#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kList =
    "0\t0\tIt's \"quoted\"\tA\thttps://www.youtube.com/watch?v=-ab_c\t1\n"
    "0\t1\tT\tB\thttps://www.youtube.com/watch?v=xyz&t=3\t1\n"
    "8110\t2\tT\tC\t\t0\n";

TEST(Shs100k, TheSplitIsWhatItsFileSays) {
  for (const char* end : {"\n", "\r\n"}) {
    const MadeTree tree;
    tree.write("list", with_line_ends(kList, end));
    tree.write("SHS100K-TEST", with_line_ends("0\t0\n0\t1\n0\t9\n0\t1\nodd\n", end));
    tree.write("SHS100K-VAL", "8110\t2\n");
    tree.write("SHS100K-TRAIN", "0\t0\n");
    tree.touch({"audio/-a/-ab_c.mp3", "audio/0-/0-1.mp3"});
    const PublishedSet set = read_shs100k(tree.path(), tree.path("audio"), "test");
    EXPECT_EQ(ids_of(set.references), "0-0 0-1");
    EXPECT_EQ(groups_of(set.references), "0 0");
    EXPECT_EQ(set.references[0].youtube_id, "-ab_c");
    EXPECT_EQ(set.references[1].youtube_id, "xyz");
    EXPECT_THAT(set.checklist.unread,
                ElementsAre(HasSubstr("SHS100K-TEST: line 3: 0-9 is not in the list"),
                            HasSubstr("line 4: 0-1 was given before"), HasSubstr("line 5: is not")));
    EXPECT_EQ(ids_of(read_shs100k(tree.path(), "", "val").references), "-8110-2");
    EXPECT_EQ(read_shs100k(tree.path(), "", "all").references.size(), 3u);
    EXPECT_THAT(refusal([&] { read_shs100k(tree.path(), "", "dev"); }),
                HasSubstr("known: all, test, train, val"));
  }
}

TEST(Shs100k, TheLaterReleaseHasQuotesAndNoHeader) {
  const MadeTree tree;
  tree.write("test.csv",
             "8855,8855,1999,\"Prince, The\",aaa\n8856,8855,1999,\"Paul "
             "\"\"S\"\"\",1nuh8t3BQVM\n1,1,x\n8856,1,a,b,c\n");
  tree.touch({"audio/8855.mp3", "audio/1n/1nuh8t3BQVM.mp3"});
  const PublishedSet set = read_shs100k(tree.path(), tree.path("audio"), "test");
  EXPECT_EQ(ids_of(set.references), "8855 8856");
  EXPECT_EQ(groups_of(set.references), "8855 8855");
  EXPECT_EQ(set.references[1].youtube_id, "1nuh8t3BQVM");
  EXPECT_THAT(set.checklist.unread, ElementsAre(HasSubstr("test.csv: line 3: is not performance_id"),
                                                HasSubstr("test.csv: line 4: 8856 was given before")));
  EXPECT_EQ(read_shs100k(tree.path(), "", "test").checklist.text().substr(0, 36),
            "0 of 2 versions; missing: 8855, 8856");
}

TEST(Shs100k, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"x"});
  EXPECT_THAT(refusal([&] { read_shs100k(tree.path(), "", "test"); }),
              HasSubstr("for list with SHS100K-TEST, or test.csv; it holds x"));
  tree.write("list", kList);
  EXPECT_THAT(refusal([&] { read_shs100k(tree.path(), "", "test"); }),
              HasSubstr("for SHS100K-TEST; it holds list, x"));
}

TEST(Shs100k, IdsOfVideosAreFoundInTheirAddresses) {
  EXPECT_EQ(youtube_id_of("https://www.youtube.com/watch?list=a&v=-x_Y#t"), "-x_Y");
  EXPECT_EQ(youtube_id_of("http://youtu.be/abc?t=1"), "abc");
  EXPECT_EQ(youtube_id_of("https://www.youtube.com/embed/abc/"), "abc");
  EXPECT_EQ(youtube_id_of("no address"), "");
}

TEST(Datacos, WorksHoldTheirPerformances) {
  const MadeTree tree;
  tree.write("da-tacos_metadata/da-tacos_benchmark_subset_metadata.json",
             R"({"W_14": {"P_40": {"work_title": "T"}, "P_41": {}}, "W_2": {"P_5": {}}, "W_3": []})");
  tree.touch({"audio/x/P_40.mp3", "audio/P_5.wav"});
  const PublishedSet set = read_datacos(tree.path(), tree.path("audio"), "benchmark");
  EXPECT_EQ(ids_of(set.references), "P_40 -P_41 P_5");
  EXPECT_EQ(groups_of(set.references), "W_14 W_14 W_2");
  EXPECT_EQ(set.checklist.unread_rows, 1);
  EXPECT_EQ(read_datacos(set.lists.front(), "", "any").references.size(), 3u);
  EXPECT_THAT(
      refusal([&] { read_datacos(tree.path(), "", "coveranalysis"); }),
      HasSubstr("for da-tacos_coveranalysis_subset_metadata.json; it holds audio/, da-tacos_metadata/"));
  EXPECT_THAT(refusal([&] { read_datacos(tree.path(), "", "test"); }),
              HasSubstr("known: benchmark, coveranalysis"));
  tree.write("broken.json", "{");
  EXPECT_THAT(refusal([&] { read_datacos(tree.path("broken.json"), "", ""); }), HasSubstr("broken.json: "));
}

TEST(Covers80, LinesOfTheTwoListsPair) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const MadeTree tree;
    tree.write("coversongs/list1.list", with_line_ends("A_Song/a+x+01-A.B\nOther/c+y+02-C\n", end));
    tree.write("coversongs/list2.list", with_line_ends("A_Song\\b+x+03-A\nOther/d+y+04-C\n", end));
    tree.touch({"coversongs/covers32k/A_Song/a+x+01-A.B.mp3", "coversongs/covers32k/A_Song/b+x+03-A.mp3",
                "coversongs/covers32k/Other/d+y+04-C.wav"});
    const PublishedSet set = read_covers80(tree.path());
    EXPECT_EQ(ids_of(set.queries), "A_Song/a+x+01-A.B -Other/c+y+02-C");
    EXPECT_EQ(ids_of(set.references), "A_Song/b+x+03-A Other/d+y+04-C");
    EXPECT_EQ(groups_of(set.references), "A_Song Other");
    EXPECT_EQ(set.checklist.text(),
              "1 of 2 versions of the first list, 2 of 2 of the second; missing: Other/c+y+02-C");
  }
}

TEST(Covers80, ListsThatDoNotPairAreRefusedAndAWrongTreeIs) {
  const MadeTree tree;
  tree.write("list1.list", "A/x\nB/y\n");
  EXPECT_THAT(refusal([&] { read_covers80(tree.path()); }),
              HasSubstr("for list1.list and list2.list; it holds list1.list"));
  tree.write("list2.list", "A/z\n");
  EXPECT_THAT(refusal([&] { read_covers80(tree.path()); }),
              HasSubstr("list2.list: has 1 lines and list1.list has 2: they do not pair"));
  tree.write("list2.list", "A/z\nC/w\n");
  EXPECT_THAT(read_covers80(tree.path()).checklist.unread,
              ElementsAre(HasSubstr("list2.list: line 2: pairs B with C")));
}

TEST(CoverHunter, BothFormsAreRead) {
  const MadeTree tree;
  tree.touch({"wavs/a.wav", "audio/deep/b.mp3"});
  tree.write(
      "dataset.txt",
      with_line_ends(R"({"utt": "cover80_0", "wav": "wavs/a.wav", "dur_s": 1.5, "song": "s1", "version": "v"}
{"perf": 7, "wav": "/elsewhere/b.wav", "dur_s": 2, "work_id": 12}
{"utt": "c", "wav": "none.wav", "song": "s1"}
{"utt": "c", "wav": "none.wav", "song": "s1"}
{"utt": "d"}
odd
)",
                     "\r\n"));
  const PublishedSet set = read_cover_hunter(tree.path("dataset.txt"), tree.path("audio"));
  EXPECT_EQ(ids_of(set.references), "cover80_0 7 -c");
  EXPECT_EQ(groups_of(set.references), "s1 12 s1");
  EXPECT_EQ(set.references[1].path, tree.path("audio/deep/b.mp3"));
  EXPECT_THAT(set.checklist.unread, ElementsAre(HasSubstr("dataset.txt: line 4: 'c' was given before"),
                                                HasSubstr("line 5: lacks utt (perf), wav or song (work)"),
                                                HasSubstr("line 6: is no JSON object")));
  tree.write("odd.txt", "odd\n");
  EXPECT_THAT(
      refusal([&] { read_cover_hunter(tree.path("odd.txt"), ""); }),
      HasSubstr("names no version; " + tree.path("odd.txt").string() + ": line 1: is no JSON object"));
}

}  // namespace
}  // namespace melomine::layouts
