#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "tests/dsp/field_audio.h"
#include "tests/support/ffmpeg.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::dsp {
namespace {

namespace fs = std::filesystem;
using melomine::testing::ffmpeg;
using melomine::testing::TempFolder;
using melomine::testing::write_wav;
using ::testing::HasSubstr;

/// Two channels, the second being `factor` times the first.
std::vector<int16_t> stereo(const std::vector<int16_t>& first, double factor) {
  std::vector<int16_t> both;
  for (const int16_t s : first) {
    both.push_back(s);
    both.push_back(static_cast<int16_t>(std::lround(factor * s)));
  }
  return both;
}

TEST(DecodeStereo, OfOppositeChannelsOneIsTakenAndTold) {
  const TempFolder folder;
  const auto samples = glide(3);
  for (const double factor : {-1.0, -0.98}) {
    write_wav(folder / "a.wav", stereo(samples, factor), 16000, 2);
    const Decoded decoded = decode(folder / "a.wav");
    EXPECT_EQ(decoded.samples, samples) << factor;
    EXPECT_EQ(decoded.repairs.only_channel, 1);
    EXPECT_THAT(decoded.repairs.text(), HasSubstr("channel 1 alone"));
  }
  const AudioBuffer audio = [&] {
    write_wav(folder / "a.wav", stereo(samples, -1), 16000, 2);
    return load_audio(folder / "a.wav");
  }();
  ASSERT_EQ(audio.samples.size(), samples.size());
  EXPECT_FLOAT_EQ(audio.samples[20000], static_cast<float>(samples[20000]) / 32768.0f);
}

TEST(DecodeStereo, TheLouderChannelIsTaken) {
  const TempFolder folder;
  std::vector<float> samples;
  for (const int16_t s : glide(3)) {
    const float x = static_cast<float>(s) / 32768.0f;
    samples.insert(samples.end(), {0.0f, x, -1.01f * x});
  }
  write_wav(folder / "a.wav", samples, 16000, 3);
  EXPECT_EQ(decode(folder / "a.wav").repairs.only_channel, 3);
}

TEST(DecodeStereo, ChannelsThatDoNotCancelAreAveraged) {
  const TempFolder folder;
  const auto samples = glide(3);
  RandomStream random({7, stream_id("stereo")});
  std::vector<int16_t> noise;
  for (int i = 0; i < 2 * 48000; ++i) noise.push_back(static_cast<int16_t>(random.uniform(-9000, 9000)));
  const std::vector<std::vector<int16_t>> kinds = {stereo(samples, 1), stereo(samples, 0),
                                                   stereo(samples, -0.5), noise, std::vector<int16_t>(96000)};
  for (size_t k = 0; k < kinds.size(); ++k) {
    write_wav(folder / "a.wav", kinds[k], 16000, 2);
    const Decoded decoded = decode(folder / "a.wav");
    EXPECT_EQ(decoded.repairs.only_channel, 0) << k;
    for (size_t i = 1000; i < 40000; i += 1000)
      ASSERT_NEAR(decoded.samples[i], (kinds[k][2 * i] + kinds[k][2 * i + 1]) / 2.0, 1) << k;
  }
  // Opposite for a quarter of the time, as an effect.
  auto effect = stereo(samples, 1);
  for (size_t i = 1; i < effect.size() / 4; i += 2) effect[i] = static_cast<int16_t>(-effect[i]);
  write_wav(folder / "a.wav", effect, 16000, 2);
  EXPECT_EQ(decode(folder / "a.wav").repairs.only_channel, 0);
}

TEST(DecodeStereo, OppositeChannelsAreFoundInEverySampleFormat) {
  const TempFolder folder;
  write_wav(folder / "a.wav", stereo(glide(3), -1), 16000, 2);
  const std::string wav = (folder / "a.wav").string();
  for (const std::string codec : {"pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "flac"}) {
    const std::string path = (folder / ("b_" + codec + ".mka")).string();
    ffmpeg({"-i", wav, "-c:a", codec, path});
    const Decoded decoded = decode(path);
    EXPECT_GT(decoded.repairs.only_channel, 0) << codec;
    EXPECT_GT(power(decoded.samples, 1, 2), 5e7) << codec;
  }
}

TEST(DecodeMessages, AFailedDownloadIsSaidToBeOneWhateverItsName) {
  const TempFolder folder;
  const std::vector<std::pair<std::string, std::string>> pages = {
      {"<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head>", "an HTML page"},
      {"\n  <html lang=\"en\">\n", "an HTML page"},
      {"{\"error\": {\"code\": 403}}\n", "a JSON document"},
      {"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "an XML document"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a Git LFS pointer"},
      {"plain words", "or damaged"}};
  for (const auto& [text, kind] : pages) {
    for (const char* name : {"a.mp3", "a.m4a", "a.wav", "a.aac", "a"}) {
      write_file_atomically(folder / name, text);
      EXPECT_THAT(refusal(folder / name), HasSubstr("not in an audio format that FFmpeg recognises")) << name;
      EXPECT_THAT(refusal(folder / name), HasSubstr(kind)) << name;
    }
    // By this name FFmpeg takes any text for audio, and then finds none in it.
    write_file_atomically(folder / "a.flac", text);
    EXPECT_THAT(refusal(folder / "a.flac"), HasSubstr(kind == "or damaged" ? "no audio stream" : kind));
  }
}

TEST(DecodeMessages, WhetherAFileHoldsAudioIsToldByItsContent) {
  const TempFolder folder;
  write_wav(folder / "tune.txt", glide(1));
  write_file_atomically(folder / "words.wav", "words");
  ffmpeg({"-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=5", (folder / "silent.mp4").string()});
  EXPECT_TRUE(holds_audio(folder / "tune.txt"));
  EXPECT_FALSE(holds_audio(folder / "words.wav"));
  EXPECT_FALSE(holds_audio(folder / "silent.mp4"));
  EXPECT_FALSE(holds_audio(folder / "absent.wav"));
  EXPECT_FALSE(holds_audio(folder.path()));
}

}  // namespace
}  // namespace melomine::dsp
