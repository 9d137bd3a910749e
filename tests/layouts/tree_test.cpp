#include "layouts/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/audio_index.h"
#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

TEST(LayoutTree, PathsAreReadWithSlashesOfEitherKind) {
  EXPECT_EQ(plain_path(" .\\wav\\0001.wav "), "wav/0001.wav");
  EXPECT_EQ(plain_path("/midi/-a.mid"), "midi/-a.mid");
  EXPECT_EQ(plain_path(".//a"), "a");
}

TEST(LayoutTree, FilesAreFoundInAnyCaseWhereNoneIsWrittenSo) {
  const MadeTree tree;
  tree.touch({"Wav/A.WAV", "Wav/a.wav", "Wav/B.wav", "up/x.wav"});
  PathFinder finder;
  EXPECT_EQ(finder.find(tree.path(), "Wav\\a.wav"), tree.path("Wav/a.wav"));
  EXPECT_EQ(finder.find(tree.path(), "wav/b.WAV"), tree.path("Wav/B.wav"));
  EXPECT_EQ(finder.find(tree.path("Wav"), "../up/X.wav"), tree.path("Wav/../up/x.wav"));
  EXPECT_EQ(finder.find(tree.path(), "wav/none.wav"), std::nullopt);
  EXPECT_EQ(finder.find(tree.path(), "wav"), std::nullopt) << "a folder";
  EXPECT_EQ(finder.find(tree.path(), ""), std::nullopt);
}

TEST(LayoutTree, TheRootMayBeOneFolderDeeper) {
  const MadeTree tree;
  tree.touch({"archive/list.csv", "other/x"});
  const auto has_list = [](const std::filesystem::path& at) {
    return find_child(at, {"LIST.csv"}).has_value();
  };
  EXPECT_EQ(find_root(tree.path(), has_list), tree.path("archive"));
  EXPECT_EQ(find_root(tree.path("archive"), has_list), tree.path("archive"));
  tree.touch({"other/list.csv"});
  EXPECT_EQ(find_root(tree.path(), has_list), std::nullopt) << "which of the two?";
  EXPECT_THAT(refusal([&] { find_root(tree.path("none"), has_list); }),
              HasSubstr("none: there is no such folder"));
  EXPECT_THAT(refusal([&] { find_root(tree.path("other/x"), has_list); }),
              HasSubstr("other/x: is no folder"));
}

TEST(LayoutTree, AWrongOneSaysWhatWasLookedForAndWhatThereIs) {
  const MadeTree tree;
  tree.touch({"a.txt", "b/c"});
  EXPECT_EQ(
      refusal([&] {
        fail_tree(tree.path(), "Covers80", {"list1.list", "list2.list"});
      }),
      tree.path().string() +
          ": is not laid out as Covers80: looked there, and in its folders, for list1.list and list2.list; "
          "it holds a.txt, b/");
  for (int i = 0; i < 9; ++i) tree.touch({"file" + std::to_string(i)});
  EXPECT_THAT(refusal([&] { fail_tree(tree.path(), "X", {"y"}); }), HasSubstr("file5, … 3 more"));
  EXPECT_THAT(refusal([&] { fail_tree(tree.path("b"), "X", {"y"}); }), HasSubstr("it holds c"));
}

TEST(AudioIndex, FindsAudioAnywhereByItsName) {
  const MadeTree tree;
  tree.touch({"-a/-aB.mp4", "-a/-aB.meta", "-A/-Ab.mp4", "take.2", "x/1-2.mp3", "y/1-2.wav"});
  const AudioIndex index(tree.path());
  EXPECT_EQ(index.find({"-aB"}), tree.path("-a/-aB.mp4"));
  EXPECT_EQ(index.find({"-Ab"}), tree.path("-A/-Ab.mp4"));
  EXPECT_EQ(index.find({"none", "", "1-2"}), tree.path("x/1-2.mp3"));
  EXPECT_EQ(index.find({"take.2"}), "");
  EXPECT_EQ(index.files().size(), 3u);
  EXPECT_TRUE(AudioIndex("").files().empty());
  EXPECT_THAT(refusal([&] { AudioIndex(tree.path("none")); }),
              HasSubstr("none: there is no such folder of audio"));
}

}  // namespace
}  // namespace melomine::layouts
