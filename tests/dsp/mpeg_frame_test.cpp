#include "dsp/mpeg_frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/dsp/field_audio.h"
#include "tests/support/ffmpeg.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::dsp {
namespace {

bool begins(std::vector<uint8_t> bytes, AVCodecID codec) {
  bytes.resize(16, 0);
  return begins_as_frame(bytes, codec);
}

TEST(MpegFrame, AHeaderHasASyncWordAndFieldsThatCanBe) {
  for (const AVCodecID codec : {AV_CODEC_ID_MP3, AV_CODEC_ID_AAC, AV_CODEC_ID_FLAC}) {
    EXPECT_FALSE(begins_as_frame(std::vector<uint8_t>(64, 0xff), codec));
    EXPECT_FALSE(begins_as_frame(std::vector<uint8_t>(64, 0), codec));
    EXPECT_FALSE(begins_as_frame(std::vector<uint8_t>{0xff}, codec));
    EXPECT_FALSE(begins_as_frame({}, codec));
  }
  EXPECT_TRUE(begins({0xff, 0xfb, 0x90, 0x64}, AV_CODEC_ID_MP3));
  EXPECT_FALSE(begins({0xff, 0xeb, 0x90, 0x64}, AV_CODEC_ID_MP3));  // no such version
  EXPECT_FALSE(begins({0xff, 0xf9, 0x90, 0x64}, AV_CODEC_ID_MP3));  // layer
  EXPECT_FALSE(begins({0xff, 0xfb, 0xf0, 0x64}, AV_CODEC_ID_MP3));  // bit rate
  EXPECT_FALSE(begins({0xff, 0xfb, 0x9c, 0x64}, AV_CODEC_ID_MP3));  // sample rate
  EXPECT_TRUE(begins({0xff, 0xf1, 0x60, 0x40, 0x20, 0x1f, 0xfc}, AV_CODEC_ID_AAC));
  EXPECT_FALSE(begins({0xff, 0xf1, 0x7c, 0x40, 0x20, 0x1f, 0xfc}, AV_CODEC_ID_AAC));
  EXPECT_FALSE(begins({0xff, 0xf1, 0x60, 0x40, 0x00, 0x1f, 0xfc}, AV_CODEC_ID_AAC));  // of no bytes
  EXPECT_TRUE(begins({0xff, 0xf8, 0x35, 0x08}, AV_CODEC_ID_FLAC));
  EXPECT_FALSE(begins({0xff, 0xf8, 0x05, 0x08}, AV_CODEC_ID_FLAC));
  EXPECT_FALSE(begins({0xff, 0xfb, 0x90, 0x64}, AV_CODEC_ID_PCM_S16LE));
}

TEST(MpegFrame, AXingHeaderTellsTheLengthInEveryVersionOfMpeg) {
  const testing::TempFolder folder;
  testing::write_wav(folder / "a.wav", glide(5));
  const std::string mp3 = (folder / "a.mp3").string();
  for (const std::string rate : {"44100", "16000", "8000"}) {
    for (const std::string channels : {"1", "2"}) {
      for (const std::string xing : {"1", "0"}) {
        testing::ffmpeg(
            {"-i", (folder / "a.wav").string(), "-ar", rate, "-ac", channels, "-write_xing", xing, mp3});
        // Behind the tag in front and the frame with the header.
        const auto duration_s = xing_duration_s(mp3, 2000);
        ASSERT_EQ(duration_s.has_value(), xing == "1") << rate << " " << channels;
        if (duration_s) {
          EXPECT_NEAR(*duration_s, 5.1, 0.15) << rate << " " << channels;
        }
      }
    }
  }
}

}  // namespace
}  // namespace melomine::dsp
