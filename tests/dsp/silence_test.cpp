#include "dsp/silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "dsp/rms.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitAtSilence, FromFrameLevels) {
  const std::vector<float> rms = {0, 0.1F, 1, 0.0101F, 0.0099F, 0, 0.5F};
  const SilenceConfig config{.level_db = 40, .hop_samples = 100};
  EXPECT_THAT(split_at_silence(rms, 650, config),
              ElementsAre(SampleInterval{100, 400}, SampleInterval{600, 650}));
}

TEST(SplitAtSilence, AFrameExactlyAtTheLevelIsSilent) {
  const std::vector<float> rms = {1, 0.5F, 1};
  const double level_db = -20 * std::log10(0.5);
  EXPECT_EQ(split_at_silence(rms, 300, {.level_db = level_db, .hop_samples = 100}).size(), 2U);
  EXPECT_EQ(split_at_silence(rms, 300, {.level_db = level_db + 1e-9, .hop_samples = 100}).size(), 1U);
}

TEST(SplitAtSilence, FindsPlantedTones) {
  std::vector<float> samples(80000);
  const auto tone = testing::sine_wave(300, 0.5, 16000);
  std::copy(tone.begin(), tone.end(), samples.begin() + 16000);
  std::copy(tone.begin(), tone.end(), samples.begin() + 48000);
  const auto stretches = split_at_silence(samples, {.level_db = 40});
  ASSERT_EQ(stretches.size(), 2U);
  // A stretch may reach over its tone by half a frame and a hop.
  EXPECT_NEAR(static_cast<double>(stretches[0].start), 16000, 1024 + 512);
  EXPECT_NEAR(static_cast<double>(stretches[0].end), 32000, 1024 + 512);
  EXPECT_NEAR(static_cast<double>(stretches[1].start), 48000, 1024 + 512);
}

TEST(PropertySplitAtSilence, LevelOfTheRecordingDoesNotMatter) {
  std::vector<float> samples = testing::white_noise(40000, 7);
  for (size_t n = 12000; n < 25000; ++n) samples[n] *= 1e-4F;
  const auto loud = split_at_silence(samples, {.level_db = 60});
  ASSERT_EQ(loud.size(), 2U);
  for (float& value : samples) value *= 1e-6F;
  EXPECT_EQ(split_at_silence(samples, {.level_db = 60}), loud);
}

TEST(SplitAtSilence, DegenerateAudio) {
  EXPECT_THAT(split_at_silence(std::span<const float>{}, SilenceConfig{}), IsEmpty());
  EXPECT_THAT(split_at_silence(std::vector<float>(5000), SilenceConfig{}), IsEmpty());
  EXPECT_THAT(split_at_silence(std::vector<float>{0.5F}, SilenceConfig{}), ElementsAre(SampleInterval{0, 1}));
  EXPECT_THROW(split_at_silence(std::vector<float>(10), {.level_db = 0}), ConfigError);
  EXPECT_THROW(split_at_silence(std::vector<float>(10), {.hop_samples = 0}), ConfigError);
}

}  // namespace
}  // namespace melomine::dsp
