#include "dsp/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "dsp/encode.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::dsp {
namespace {

using melomine::testing::sine;
using melomine::testing::TempFolder;
using melomine::testing::write_wav;
using ::testing::HasSubstr;

std::vector<int16_t> decode_all(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  std::vector<int16_t> samples;
  const DecodeResult result = decode_audio(path, options, [&] {
    samples.clear();
    return [&](std::span<const int16_t> piece) { samples.insert(samples.end(), piece.begin(), piece.end()); };
  });
  EXPECT_EQ(result.samples, static_cast<int64_t>(samples.size()));
  return samples;
}

/// The message with which decoding fails, "" when it does not.
std::string refusal(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  try {
    decode_audio(path, options, [] { return [](std::span<const int16_t>) {}; });
    return "";
  } catch (const DataError& e) {
    return e.what();
  }
}

TEST(Decode, SixteenBitMonoAtTheSameRateComesBackBitForBit) {
  const TempFolder folder;
  const auto samples = sine(440, 5.123);
  write_wav(folder / "a.wav", samples);
  EXPECT_EQ(decode_all(folder / "a.wav"), samples);
  const AudioBuffer audio = load_audio(folder / "a.wav");
  ASSERT_EQ(audio.samples.size(), samples.size());
  EXPECT_FLOAT_EQ(audio.samples[1000], static_cast<float>(samples[1000]) / 32768.0f);
}

/// A disk that fails may not fail again; a recording that is broken does.
TEST(Decode, WhatWouldBeSetAsideIsTriedTwice) {
  const TempFolder folder;
  const auto samples = sine(440, 2);
  write_wav(folder / "a.wav", samples);
  for (const int failures : {1, 2}) {
    std::vector<int16_t> heard;
    int begun = 0;
    const auto begin = [&] {
      heard.clear();
      ++begun;
      return [&](std::span<const int16_t> piece) {
        if (begun <= failures && heard.size() + piece.size() > 20'000)
          throw DataError("a.wav", "", "cannot be read");
        heard.insert(heard.end(), piece.begin(), piece.end());
      };
    };
    if (failures == 2)
      EXPECT_THROW(decode_audio_or_again(folder / "a.wav", {}, begin), DataError);
    else
      EXPECT_EQ(decode_audio_or_again(folder / "a.wav", {}, begin).samples,
                static_cast<int64_t>(samples.size()));
    EXPECT_EQ(begun, 2);
    EXPECT_EQ(heard == samples, failures == 1);
  }
}

TEST(Decode, TheNameSaysNothingOfTheContent) {
  const TempFolder folder;
  const auto samples = sine(440, 0.5);
  write_wav(folder / "http: a wav.mp3", samples);
  EXPECT_EQ(decode_all(folder / "http: a wav.mp3"), samples);
}

class DecodeChannels : public ::testing::TestWithParam<int> {};

TEST_P(DecodeChannels, AllChannelsCountTheSame) {
  const TempFolder folder;
  const int channels = GetParam();
  std::vector<int16_t> interleaved;
  for (int i = 0; i < 8000; ++i) {
    for (int c = 0; c < channels; ++c)
      interleaved.push_back(static_cast<int16_t>(c == channels - 1 ? 9000 : 0));
  }
  write_wav(folder / "a.wav", interleaved, 16000, channels);
  const auto samples = decode_all(folder / "a.wav");
  ASSERT_EQ(samples.size(), 8000u);
  EXPECT_NEAR(samples[4000], 9000.0 / channels, 1.0);
}
INSTANTIATE_TEST_SUITE_P(OneToMany, DecodeChannels, ::testing::Values(1, 2, 3, 6, 8, 11));

TEST(Decode, ResamplingKeepsToneLevelAndLength) {
  const TempFolder folder;
  for (const int rate : {8000, 22050, 44100, 48000}) {
    write_wav(folder / "a.wav", sine(1000, 2.0, 0.5, rate), rate);
    const auto samples = decode_all(folder / "a.wav");
    EXPECT_NEAR(static_cast<double>(samples.size()), 32000, 32) << rate;
    // Energy at 1 kHz by correlation, away from the edges.
    double re = 0, im = 0;
    for (size_t i = 8000; i < 24000; ++i) {
      const double phase = 2 * std::numbers::pi * 1000 * static_cast<double>(i) / 16000;
      re += samples[i] * std::cos(phase);
      im += samples[i] * std::sin(phase);
    }
    EXPECT_NEAR(2 * std::hypot(re, im) / 16000, 0.5 * 32767, 0.01 * 32767) << rate;
  }
}

TEST(Decode, FloatSamplesAreClipped) {
  const TempFolder folder;
  write_wav(folder / "a.wav", std::vector<float>(4000, 3.0f));
  EXPECT_EQ(decode_all(folder / "a.wav")[2000], 32767);
}

TEST(Decode, RefusesWhatIsNotFinite) {
  const TempFolder folder;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> samples(16000, 0.25f);
    samples[12345] = bad;
    write_wav(folder / "a.wav", samples);
    EXPECT_THAT(refusal(folder / "a.wav"), HasSubstr("not finite"));
  }
}

TEST(Decode, RefusesWhatIsNoAudio) {
  const TempFolder folder;
  EXPECT_THAT(refusal(folder / "absent.wav"), HasSubstr("no such file"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("not a regular file"));
  write_file_atomically(folder / "empty.mp3", "");
  EXPECT_THAT(refusal(folder / "empty.mp3"), HasSubstr("empty"));
  write_file_atomically(folder / "text.wav", "This is a text, not a tune.\n");
  EXPECT_NE(refusal(folder / "text.wav"), "");
  write_file_atomically(folder / "list.mp3", "#EXTM3U\n#EXTINF:10,\nhttp://localhost:9/a.mp3\n");
  EXPECT_NE(refusal(folder / "list.mp3"), "");
  // A portable grey map: FFmpeg opens it as a picture.
  write_file_atomically(folder / "picture.pgm", "P5\n2 2\n255\n" + std::string("abcd"));
  EXPECT_NE(refusal(folder / "picture.pgm"), "");
  write_wav(folder / "zero.wav", std::vector<int16_t>());
  EXPECT_NE(refusal(folder / "zero.wav"), "");
}

TEST(Decode, RefusesGarbageOfAnyKind) {
  const TempFolder folder;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random({seed, stream_id("garbage")});
    std::string bytes;
    for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(random.integer(256));
    write_file_atomically(folder / "garbage.mp3", bytes);
    EXPECT_NE(refusal(folder / "garbage.mp3"), "") << seed;
  }
}

TEST(Decode, RefusesATruncatedFile) {
  const TempFolder folder;
  write_wav(folder / "a.wav", sine(440, 10));
  std::filesystem::resize_file(folder / "a.wav", 100000);
  EXPECT_THAT(refusal(folder / "a.wav"), HasSubstr("truncated"));
}

TEST(Decode, RefusesAFlacFileThatIsCutOrDamaged) {
  const TempFolder folder;
  AudioBuffer audio;
  RandomStream random({3, stream_id("flac")});
  for (int i = 0; i < 160000; ++i) audio.samples.push_back(static_cast<float>(random.uniform(-0.5, 0.5)));
  write_flac(folder / "a.flac", audio);
  EXPECT_EQ(decode_all(folder / "a.flac").size(), 160000u);
  std::string bytes = read_file(folder / "a.flac");
  write_file_atomically(folder / "cut.flac", bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(refusal(folder / "cut.flac"), "");
  // FFmpeg looks at FLAC's checksums only when told to.
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file_atomically(folder / "flipped.flac", bytes);
  EXPECT_THAT(refusal(folder / "flipped.flac"), HasSubstr("damaged at"));
}

TEST(Decode, RefusesPlaylists) {
  const TempFolder folder;
  write_wav(folder / "a.wav", sine(440, 1));
  write_file_atomically(folder / "concat.mp3", "ffconcat version 1.0\nfile a.wav\n");
  EXPECT_THAT(refusal(folder / "concat.mp3"), HasSubstr("playlist"));
}

TEST(Decode, RefusesWhatIsLongerThanAllowed) {
  const TempFolder folder;
  write_wav(folder / "a.wav", sine(440, 5));
  EXPECT_THAT(refusal(folder / "a.wav", {.max_duration_s = 3}), HasSubstr("longer than"));
  EXPECT_EQ(refusal(folder / "a.wav", {.max_duration_s = 6}), "");
}

// Resampled first, its first frame alone would be half a gigabyte.
TEST(Decode, RefusesSlowFilesBeforeTheyGrow) {
  const TempFolder folder;
  write_wav(folder / "a.wav", sine(440, 60), 1);
  const auto resident_kib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const auto before_kib = resident_kib();
  EXPECT_THAT(refusal(folder / "a.wav", {.max_duration_s = 60}), HasSubstr("longer than the 60 s allowed"));
  EXPECT_LT(resident_kib() - before_kib, 50 * 1024);
}

TEST(Decode, RefusesARateOfNothing) {
  EXPECT_THROW(load_audio("a.wav", {.sample_rate_hz = 0}), ConfigError);
}

TEST(E2eDecode, RealHumsAreRecognisedByContent) {
  const auto folder = melomine::testing::shared_data() / "hums_kth_ss";
  MELOMINE_REQUIRE_PATH(folder);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wav" || ++files > 10) continue;
    const AudioBuffer audio = load_audio(entry.path());
    EXPECT_GT(audio.duration_s(), 4) << entry.path();
    double energy = 0;
    for (const float s : audio.samples) energy += static_cast<double>(s) * s;
    EXPECT_GT(std::sqrt(energy / static_cast<double>(audio.samples.size())), 1e-3) << entry.path();
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace melomine::dsp
