#include "layouts/ioacas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// GB2312, and a title of GBK with a backslash in it.
const std::string kMidi = "midi\\0001.mid\t\xB0\xA1\xB0\xA2\nmidi/0002.mid\t\x81\x5C\n";
const std::string kQueries = "wav\\a.wav\t0001\nwav/b.wav\tmidi\\0002.mid\n./wav/c.wav\t0002.MID\n";

MadeTree part(const std::string& midi = kMidi, const std::string& queries = kQueries) {
  MadeTree tree;
  tree.write("IOACAS_pt1/midi.list", midi);
  tree.write("IOACAS_pt1/query.list", queries);
  tree.touch({"IOACAS_pt1/midi/0001.mid", "IOACAS_pt1/midi/0002.mid", "IOACAS_pt1/wav/a.wav",
              "IOACAS_pt1/wav/b.wav", "IOACAS_pt1/wav/c.wav"});
  return tree;
}

TEST(Ioacas, SongsAreNamedInAnyOfTheirWays) {
  const MadeTree tree = part();
  const PublishedSet set = read_ioacas(tree.path());
  EXPECT_EQ(ids_of(set.references), "0001 0002");
  EXPECT_EQ(ids_of(set.queries), "wav/a.wav wav/b.wav wav/c.wav");
  EXPECT_EQ(groups_of(set.queries), "0001 0002 0002");
  EXPECT_EQ(set.checklist.text(), "3 of 3 queries, 2 of 2 references");
  EXPECT_EQ(set.queries[1].place, tree.path("IOACAS_pt1/query.list").string() + ": line 2");
}

TEST(Ioacas, LinesMayEndAsOnWindowsAndTitlesMayStandForSongs) {
  const MadeTree tree =
      part(with_line_ends(kMidi, "\r\n"), with_line_ends("wav\\A.WAV\t\x81\x5C\nwav\\b.wav 0001\n", "\r"));
  const PublishedSet set = read_ioacas(tree.path("IOACAS_pt1"));
  EXPECT_EQ(ids_of(set.queries), "wav/A.WAV wav/b.wav") << "found as a.wav";
  EXPECT_EQ(groups_of(set.queries), "0002 0001");
}

TEST(Ioacas, PartsNumberTheirOwn) {
  const MadeTree tree = part();
  tree.write("IOACAS_pt2/midi.list", kMidi);
  tree.write("IOACAS_pt2/querywav_list.txt", "wav/a.wav\t0002\n");
  tree.touch({"IOACAS_pt2/midi/0002.mid"});
  const PublishedSet both = read_ioacas(tree.path());
  EXPECT_EQ(ids_of(both.references), "IOACAS_pt1/0001 IOACAS_pt1/0002 -IOACAS_pt2/0001 IOACAS_pt2/0002");
  EXPECT_EQ(ids_of(both.queries),
            "IOACAS_pt1/wav/a.wav IOACAS_pt1/wav/b.wav IOACAS_pt1/wav/c.wav -IOACAS_pt2/wav/a.wav");
  EXPECT_THAT(both.queries.back().right, ElementsAre("IOACAS_pt2/0002"));
  EXPECT_EQ(both.checklist.text(),
            "3 of 4 queries, 3 of 4 references; missing: IOACAS_pt2/wav/a.wav, IOACAS_pt2/0001");
  EXPECT_EQ(ids_of(read_ioacas(tree.path(), {"IOACAS_pt1"}).references), "0001 0002");
  EXPECT_THAT(refusal([&] { read_ioacas(tree.path(), {"pt3"}); }),
              HasSubstr("known: IOACAS_pt1, IOACAS_pt2"));
}

TEST(Ioacas, RowsThatCannotBeUsedAreTold) {
  const MadeTree tree = part(kMidi + "readme.txt\tx\nmidi/0001.mid\ty\n",
                             kQueries + "wav/d.wav\nwav/e.wav\t0009\nwav/a.wav\t0001\n");
  const PublishedSet set = read_ioacas(tree.path());
  EXPECT_EQ(set.queries.size(), 3u);
  EXPECT_THAT(set.checklist.unread,
              ElementsAre(HasSubstr("midi.list: line 3: does not begin with a MIDI file"),
                          HasSubstr("midi.list: line 4: '0001' was given before"),
                          HasSubstr("query.list: line 4: is not a wav file and its song"),
                          HasSubstr("query.list: line 5: its song '0009' is not in midi.list"),
                          HasSubstr("query.list: line 6: 'wav/a.wav' was given before")));
}

TEST(Ioacas, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"pt1/readme"});
  EXPECT_THAT(refusal([&] { read_ioacas(tree.path()); }),
              HasSubstr("for midi.list and query.list (or querywav_list.txt); it holds pt1/"));
  tree.write("pt1/midi.list", kMidi);
  EXPECT_THAT(
      refusal([&] { read_ioacas(tree.path()); }),
      HasSubstr("pt1: is not laid out as IOACAS_QBH: looked there, and in its folders, for query.list"));
  tree.write("pt1/query.list", "\n");
  EXPECT_THAT(refusal([&] { read_ioacas(tree.path()); }), HasSubstr("name no query and song"));
}

}  // namespace
}  // namespace melomine::layouts
