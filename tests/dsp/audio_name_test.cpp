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
  EXPECT_EQ(name_of_audio("tune.MID"), "tune");
}

TEST(AudioName, TellsAudioFromMidiAndFromAnythingElse) {
  for (const char* name : {"a.wav", "b/a.M4A", "a.wv", "a.b.opus"}) {
    EXPECT_TRUE(has_audio_name(name)) << name;
    EXPECT_FALSE(has_midi_name(name)) << name;
  }
  for (const char* name : {"a.mid", "a.KAR", "a.midi", "a.rmi"}) {
    EXPECT_TRUE(has_midi_name(name)) << name;
    EXPECT_FALSE(has_audio_name(name)) << name;
  }
  for (const char* name : {"a.csv", "a", ".wav", "wav", "a.wav.part"}) {
    EXPECT_FALSE(has_audio_name(name) || has_midi_name(name)) << name;
  }
}

}  // namespace
}  // namespace melomine::dsp
