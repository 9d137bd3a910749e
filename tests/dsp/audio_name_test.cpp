#include "dsp/audio_name.h"

#include <gtest/gtest.h>

namespace melomine::dsp {
namespace {

TEST(AudioName, LosesTheExtensionOfAFormatAndNothingElse) {
  EXPECT_EQ(name_of_audio("hums/a.flac"), "a");
  EXPECT_EQ(name_of_audio("a.WAV"), "a");
  EXPECT_EQ(name_of_audio("a.b.c.opus"), "a.b.c");
  EXPECT_EQ(name_of_audio("take.2"), "take.2");
  EXPECT_EQ(name_of_audio("-dQw4w9.WgX"), "-dQw4w9.WgX");
  EXPECT_EQ(name_of_audio("-dQw4w9.WgX.m4a"), "-dQw4w9.WgX");
  EXPECT_EQ(name_of_audio("plain"), "plain");
}

}  // namespace
}  // namespace melomine::dsp
