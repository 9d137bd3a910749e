#include "sweeps/labels.h"

#include <gtest/gtest.h>

namespace melomine::sweeps {
namespace {

const std::string kHash = "1a2b3c4d5e6f";

TEST(SweepLabels, FoldersAreNamedByLastWordsValuesAndAHash) {
  EXPECT_EQ(folder_name({{"losses[0].temperature", "0.05"}, {"seed", "3"}}, kHash),
            "temperature=0.05,seed=3,1a2b3c4d");
  EXPECT_EQ(folder_name({}, kHash), "base,1a2b3c4d");
}

TEST(SweepLabels, KeysOfTheSameLastWordGetMoreOfTheirPath) {
  EXPECT_EQ(folder_name({{"train.length", "8s"}, {"front_end.window.length", "2"}}, kHash),
            "train.length=8s,window.length=2,1a2b3c4d");
}

TEST(SweepLabels, WhatNoFolderShouldHoldIsReplaced) {
  EXPECT_EQ(
      folder_name({{"augment+", "{type: hum, share: 0.5}"}, {"train.init", "../a b/ü.safetensors"}}, kHash),
      "augment+=type-hum-share-0.5,init=..-a-b-.safetensors,1a2b3c4d");
  EXPECT_EQ(folder_name({{"a.rate", "-0.5"}}, kHash), "rate=-0.5,1a2b3c4d");
}

TEST(SweepLabels, LongNamesAreCutAndKeepTheirHash) {
  SettingTexts many;
  for (int i = 0; i < 30; ++i) many.emplace_back("a.key_" + std::to_string(i), std::string(60, 'x'));
  const std::string name = folder_name(many, kHash);
  EXPECT_LE(name.size(), 120u);
  EXPECT_TRUE(name.ends_with(",1a2b3c4d")) << name;
}

TEST(SweepLabels, OnlyWhatDiffersIsShown) {
  const auto shown = differing({{{"a", "1"}, {"b", "2"}}, {{"a", "1"}, {"b", "3"}}, {{"a", "1"}}});
  EXPECT_EQ(label_of(shown[0]), "b=2");
  EXPECT_EQ(label_of(shown[1]), "b=3");
  EXPECT_EQ(label_of(shown[2]), "as in the file");
}

}  // namespace
}  // namespace melomine::sweeps
