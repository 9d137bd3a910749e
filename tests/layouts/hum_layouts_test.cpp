#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/humtrans.h"
#include "layouts/mlend.h"
#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

const std::string kAttributes =
    "filename,Interpreter,Song,Interpretation\n"
    "0001.wav,S1,Potter,Hum\n0002.wav,S2,Potter,Whistle\n0003.wav,S1,Frozen,hum\n0004.wav,S3,,Hum\n";

TEST(Mlend, RecordingsAreGroupedBySong) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const MadeTree tree;
    tree.write("MLEndHWD_audio_attributes_benchmark.csv", with_line_ends(kAttributes, end));
    tree.touch({"MLEndHWD_audiofiles/0001.wav", "MLEndHWD_Frozen_Audio_Files/0003.wav"});
    const PublishedSet set = read_mlend(tree.path());
    EXPECT_EQ(ids_of(set.queries), "0001 -0002 0003");
    EXPECT_EQ(groups_of(set.queries), "Potter Potter Frozen");
    EXPECT_EQ(set.queries[0].singer, "S1");
    EXPECT_THAT(set.checklist.text(), HasSubstr("2 of 3 queries; missing: 0002; 1 row not read: "));
    EXPECT_EQ(ids_of(read_mlend(tree.path(), "Hum").queries), "0001 0003");
    EXPECT_THAT(refusal([&] { read_mlend(tree.path(), "Shout"); }), HasSubstr("of the interpretation Shout"));
  }
}

TEST(Mlend, AWrongTreeIsRefused) {
  const MadeTree tree;
  tree.touch({"0001.wav"});
  EXPECT_THAT(
      refusal([&] { read_mlend(tree.path()); }),
      HasSubstr(
          "for MLEndHWD_audio_attributes.csv (or …_benchmark.csv, …_available.csv); it holds 0001.wav"));
  tree.write("MLEndHWD_audio_attributes.csv", "filename,Song\n0001.wav,Potter\n");
  EXPECT_THAT(refusal([&] { read_mlend(tree.path()); }), HasSubstr("lacks the column 'Interpretation'"));
}

const std::string kKeys =
    R"({"TRAIN": ["F01_0005_0001_1"], "VALID": [], "TEST": ["F01_0006_0001_1", "M02_0006_0001_2_DD", "M02_0006_0002_1", "odd", 7]})";

TEST(HumTrans, GroupsAreSegmentsOfMusic) {
  const MadeTree tree;
  tree.write("train_valid_test_keys.json", kKeys);
  tree.touch(
      {"all_wav/F01_0006_0001_1.wav", "all_wav/M02_0006_0001_2_DD.wav", "all_wav/F01_0005_0001_1.wav"});
  const PublishedSet test = read_humtrans(tree.path(), "test");
  EXPECT_EQ(ids_of(test.queries), "F01_0006_0001_1 M02_0006_0001_2_DD -M02_0006_0002_1");
  EXPECT_EQ(groups_of(test.queries), "0006_0001 0006_0001 0006_0002");
  EXPECT_EQ(test.queries[1].singer, "M02");
  EXPECT_EQ(test.checklist.unread_rows, 2);
  EXPECT_THAT(test.checklist.unread[0], HasSubstr("'odd' is no key PERSON_MUSIC_SEGMENT_REPETITION"));
  EXPECT_EQ(ids_of(read_humtrans(tree.path(), "train").queries), "F01_0005_0001_1");
  EXPECT_EQ(read_humtrans(tree.path(), "all").queries.size(), 4u);
  EXPECT_THAT(refusal([&] { read_humtrans(tree.path(), "valid"); }),
              HasSubstr("has no keys of the split 'valid'"));
  EXPECT_THAT(refusal([&] { read_humtrans(tree.path(), "dev"); }),
              HasSubstr("known: train, valid, test, all"));
}

TEST(HumTrans, AllOfItNeedsNoKeys) {
  const MadeTree tree;
  tree.touch({"F01_0005_0001_1.wav", "notes.wav"});
  const PublishedSet set = read_humtrans(tree.path(), "all");
  EXPECT_EQ(ids_of(set.queries), "F01_0005_0001_1");
  EXPECT_EQ(set.checklist.unread_rows, 1);
  EXPECT_THAT(refusal([&] { read_humtrans(tree.path(), "test"); }),
              HasSubstr("for train_valid_test_keys.json; it holds F01_0005_0001_1.wav, notes.wav"));
  tree.write("train_valid_test_keys.json", "[");
  EXPECT_THAT(refusal([&] { read_humtrans(tree.path(), "test"); }), HasSubstr("is no JSON of lists of keys"));
}

}  // namespace
}  // namespace melomine::layouts
