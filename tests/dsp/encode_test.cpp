#include "dsp/encode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "dsp/decode.h"
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

}  // namespace
}  // namespace melomine::dsp
