#include "dsp/encode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "dsp/decode.h"
#include "dsp/wav.h"
#include "tests/support/temp_folder.h"

namespace melomine::dsp {
namespace {

AudioBuffer noise(size_t count) {
  RandomStream random({7});
  AudioBuffer audio;
  for (size_t i = 0; i < count; ++i) audio.samples.push_back(static_cast<float>(random.uniform(-0.9, 0.9)));
  return audio;
}

TEST(EncodeFlac, DecodesToTheSamplesRoundedTo16Bits) {
  const testing::TempFolder folder;
  for (const size_t count : {size_t{1}, size_t{100}, size_t{40001}}) {
    const AudioBuffer audio = noise(count);
    write_flac(folder / "a.flac", audio);
    const AudioBuffer back = load_audio(folder / "a.flac");
    ASSERT_EQ(back.samples.size(), count);
    for (size_t i = 0; i < count; ++i)
      ASSERT_EQ(back.samples[i], std::lrint(audio.samples[i] * 32768.0f) / 32768.0f) << i;
  }
}

TEST(EncodeFlac, EqualSamplesGiveEqualBytes) {
  const testing::TempFolder folder;
  write_flac(folder / "a.flac", noise(30000));
  write_flac(folder / "b.flac", noise(30000));
  EXPECT_EQ(read_file(folder / "a.flac"), read_file(folder / "b.flac"));
}

TEST(EncodeFlac, ClipsAndSilencesWhatIsNotANumber) {
  const testing::TempFolder folder;
  AudioBuffer audio;
  audio.samples = {2.0f, -2.0f, std::numeric_limits<float>::quiet_NaN(),
                   std::numeric_limits<float>::infinity()};
  write_flac(folder / "a.flac", audio);
  const AudioBuffer back = load_audio(folder / "a.flac");
  ASSERT_EQ(back.samples.size(), 4u);
  EXPECT_FLOAT_EQ(back.samples[0], 32767.0f / 32768);
  EXPECT_FLOAT_EQ(back.samples[1], -1.0f);
  EXPECT_EQ(back.samples[2], 0.0f);
  EXPECT_FLOAT_EQ(back.samples[3], 32767.0f / 32768);
}

TEST(EncodeFlac, LeavesNothingBehindWhereItCannotWrite) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "file", "x");
  EXPECT_ANY_THROW(write_flac(folder / "file" / "a.flac", noise(10)));
  // A folder stands where the file should appear.
  std::filesystem::create_directories(folder / "taken.flac" / "inside");
  EXPECT_THROW(write_flac(folder / "taken.flac", noise(10)), DataError);
  int entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 2);
}

TEST(EncodeWav, IsTheFileThatIsWritten) {
  const testing::TempFolder folder;
  const AudioBuffer audio{.samples = {0, 0.5, -1, 2}, .sample_rate_hz = 24000};
  write_wav(folder / "a.wav", audio);
  EXPECT_EQ(read_file(folder / "a.wav"), encode_wav(audio));
  EXPECT_EQ(encode_wav(audio).size(), 44U + 4 * 2);
  EXPECT_EQ(load_audio(folder / "a.wav", {.sample_rate_hz = 24000}).samples,
            (std::vector<float>{0, 0.5, -1, 32767.0f / 32768}));
}

AudioBuffer tone(size_t count, int sample_rate_hz) {
  AudioBuffer audio;
  audio.sample_rate_hz = sample_rate_hz;
  for (size_t i = 0; i < count; ++i)
    audio.samples.push_back(static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / sample_rate_hz)));
  return audio;
}

AudioBuffer decoded(const std::string& bytes, const DecodeOptions& options = {}) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.mp3", bytes);
  return load_audio(folder / "a.mp3", options);
}

// Late or early by one sample, a tone of 440 Hz would come out at 15 dB.
TEST(EncodeMp3, DecodesToTheSameSignalInTheSamePlace) {
  const AudioBuffer audio = tone(48000, 16000);
  const AudioBuffer back = decoded(encode_mp3(audio, 32000));
  ASSERT_EQ(back.samples.size(), audio.samples.size());
  double signal = 0, noise_power = 0;
  for (size_t i = 800; i + 800 < audio.samples.size(); ++i) {
    signal += std::pow(audio.samples[i], 2);
    noise_power += std::pow(back.samples[i] - audio.samples[i], 2);
  }
  EXPECT_GT(10 * std::log10(signal / noise_power), 20);
}

TEST(EncodeMp3, TakesTheBitsItIsGiven) {
  for (const int bit_rate_bps : {24000, 32000, 64000}) {
    const double bits = 8.0 * static_cast<double>(encode_mp3(noise(160000), bit_rate_bps).size());
    EXPECT_NEAR(bits / 10, bit_rate_bps,
                0.03 * bit_rate_bps);  // 10 s, the header and a rest in the last frames
  }
}

TEST(EncodeMp3, EqualSamplesGiveEqualBytes) {
  EXPECT_EQ(encode_mp3(noise(30000), 32000), encode_mp3(noise(30000), 32000));
}

TEST(EncodeMp3, TakesShortAndDamagedSignals) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{575}, size_t{576}, size_t{577}}) {
    const std::string bytes = encode_mp3(noise(count), 32000);
    if (count == 0) continue;  // a header alone, which says so
    const size_t length = decoded(bytes).samples.size();
    EXPECT_GE(length, count);
    EXPECT_LT(length, count + 576);  // one frame of MPEG at this rate
  }
  AudioBuffer audio = tone(16000, 16000);
  audio.samples[8000] = std::numeric_limits<float>::quiet_NaN();
  for (const float x : decoded(encode_mp3(audio, 32000)).samples) ASSERT_TRUE(std::abs(x) <= 1);
}

TEST(EncodeMp3, OtherRatesAndAnErrorForOneThatMpegDoesNotKnow) {
  EXPECT_EQ(decoded(encode_mp3(tone(22050, 22050), 32000), {.sample_rate_hz = 22050}).samples.size(), 22050u);
  EXPECT_THROW(encode_mp3(tone(1000, 12345), 32000), DataError);
}

}  // namespace
}  // namespace melomine::dsp
