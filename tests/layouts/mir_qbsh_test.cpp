#include "layouts/mir_qbsh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Titles are of Big5, of which a byte may be a backslash.
const std::string kSongs =
    "00001\tLittle bee\t\xB3\x5C\xA4\xA4\t2\n"
    "00002\t-\t\xA4\xA4\t1\n"
    "00020\t-\t-\t1\n";

MadeTree corpus(const std::string& songs) {
  MadeTree tree;
  tree.write("midiFile/songList.txt", songs);
  tree.touch({"midiFile/00001.mid", "midiFile/00002.mid", "midiFile/00020.mid",
              "waveFile/year2003/person00001/00001.wav", "waveFile/year2003/person00001/00001.pv",
              "waveFile/year2003/person00002/00001.wav", "waveFile/year2006a/00020.wav",
              "waveFile/year2006a/x/deep/00002.WAV", "waveFile/year2006a/notes.wav"});
  return tree;
}

TEST(MirQbsh, HumsAreOfTheSongThatTheyAreNamedAfter) {
  const MadeTree tree = corpus(kSongs);
  const PublishedSet set = read_mir_qbsh(tree.path());
  EXPECT_EQ(ids_of(set.queries),
            "year2003/person00001/00001.wav year2003/person00002/00001.wav year2006a/00020.wav "
            "year2006a/x/deep/00002.WAV");
  EXPECT_EQ(groups_of(set.queries), "00001 00001 00020 00002");
  EXPECT_THAT(set.queries[0].right, ElementsAre("00001"));
  EXPECT_EQ(set.queries[0].singer, "year2003/person00001");
  EXPECT_EQ(ids_of(set.references), "00001 00002 00020");
  EXPECT_TRUE(set.checklist.complete()) << set.checklist.text();
  EXPECT_EQ(set.checklist.text(), "4 of 4 queries, 3 of 3 references");
  EXPECT_THAT(set.lists, ElementsAre(tree.path("midiFile/songList.txt")));
}

TEST(MirQbsh, IsReadWithOtherLineEndsAndOneFolderAbove) {
  for (const char* end : {"\r\n", "\r"}) {
    const MadeTree tree = corpus(with_line_ends(kSongs, end));
    std::filesystem::create_directories(tree.path("up"));
    for (const char* part : {"midiFile", "waveFile"})
      std::filesystem::rename(tree.path(part), tree.path(std::string("up/") + part));
    const PublishedSet set = read_mir_qbsh(tree.path());
    EXPECT_EQ(set.checklist.text(), "4 of 4 queries, 3 of 3 references");
    EXPECT_EQ(set.checklist.root, tree.path("up"));
  }
}

TEST(MirQbsh, WhatIsAbsentIsCountedBySong) {
  const MadeTree tree = corpus(kSongs + "00021\t-\t-\t5\nodd\n00001\t-\t-\t7\n");
  std::filesystem::remove(tree.path("midiFile/00002.mid"));
  std::filesystem::remove(tree.path("waveFile/year2003/person00001/00001.wav"));
  const PublishedSet set = read_mir_qbsh(tree.path());
  EXPECT_EQ(ids_of(set.references), "00001 -00002 00020 -00021");
  EXPECT_THAT(
      set.checklist.text(),
      HasSubstr("3 of 9 queries, 2 of 4 references; missing: 1 hums of song 00001, 5 hums of song 00021, "
                "00002, … 5 more; 2 rows not read, the first: "));
  EXPECT_THAT(set.checklist.unread,
              ElementsAre(HasSubstr("songList.txt: line 5: is not a song's number"),
                          HasSubstr("songList.txt: line 6: song 00001 was given before")));
}

TEST(MirQbsh, WithoutItsListIsHeldAgainstWhatWasPublished) {
  const MadeTree tree = corpus(kSongs);
  std::filesystem::remove(tree.path("midiFile/songList.txt"));
  std::filesystem::rename(tree.path("midiFile"), tree.path("MIDI"));
  const PublishedSet set = read_mir_qbsh(tree.path());
  EXPECT_THAT(set.checklist.text(), HasSubstr("4 of 4,431 queries, 3 of 48 references; missing: 00003"));
  EXPECT_EQ(set.references.size(), 48u);
}

TEST(MirQbsh, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"waves.zip", "midiFile/00001.mid"});
  EXPECT_THAT(
      refusal([&] { read_mir_qbsh(tree.path()); }),
      HasSubstr("is not laid out as MIR-QBSH: looked there, and in its folders, for waveFile/ and midiFile/ "
                "(or MIDI/); it holds midiFile/, waves.zip"));
  tree.touch({"waveFile/a/notes.txt"});
  EXPECT_THAT(refusal([&] { read_mir_qbsh(tree.path()); }),
              HasSubstr("waveFile: is not laid out as MIR-QBSH"));
}

}  // namespace
}  // namespace melomine::layouts
