#include "dsp/voice_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr int kRate_hz = 16000;

/// Tones of a second each, so many decibels under full scale.
AudioBuffer seconds_at(const std::vector<double>& levels_db) {
  AudioBuffer audio{.samples = {}, .sample_rate_hz = kRate_hz};
  for (const double level_db : levels_db) {
    for (const float x : testing::sine_wave(300, 1, kRate_hz))
      audio.samples.push_back(x * static_cast<float>(std::pow(10.0, -level_db / 20)));
  }
  return audio;
}

TEST(VoiceMask, WindowsWithoutAVoiceAreThoseOfRests) {
  const AudioBuffer audio = seconds_at({0, 0, 60, 60, 60, 10});
  const WindowGrid grid{.windows = 5, .length_s = 2, .step_s = 1};
  EXPECT_THAT(voiced_windows(audio, grid, {.level_db = 30, .share = 0.4}), ElementsAre(1, 1, 0, 0, 1));
  EXPECT_THAT(voiced_windows(audio, grid, {.level_db = 30, .share = 0.6}), ElementsAre(1, 0, 0, 0, 0));
  EXPECT_THAT(voiced_windows(audio, grid, {.level_db = 5, .share = 0.4}), ElementsAre(1, 1, 0, 0, 0))
      << "the level is a setting";
  EXPECT_THAT(voiced_windows(audio, grid, {.level_db = 70, .share = 1}), Each(1));
}

TEST(PropertyVoiceMask, LevelOfTheRecordingDoesNotMatter) {
  AudioBuffer audio = seconds_at({0, 40, 3, 50});
  const WindowGrid grid{.windows = 13, .length_s = 1, .step_s = 0.25};
  const auto loud = voiced_windows(audio, grid, {.level_db = 30});
  for (float& x : audio.samples) x *= 1e-4F;
  EXPECT_EQ(voiced_windows(audio, grid, {.level_db = 30}), loud);
}

TEST(VoiceMask, OfAWindowThatReachesPastTheEndTheAudioCounts) {
  EXPECT_THAT(voiced_windows(seconds_at({0}), {.windows = 1, .length_s = 3, .step_s = 0.25},
                             {.level_db = 30, .share = 0.9}),
              ElementsAre(1));
}

TEST(VoiceMask, SilenceHasNoVoice) {
  const AudioBuffer silence{.samples = std::vector<float>(4 * kRate_hz), .sample_rate_hz = kRate_hz};
  EXPECT_THAT(
      voiced_windows(silence, {.windows = 3, .length_s = 2, .step_s = 1}, {.level_db = 30, .share = 0}),
      Each(0));
  EXPECT_THAT(voiced_windows({.samples = {}, .sample_rate_hz = kRate_hz},
                             {.windows = 1, .length_s = 2, .step_s = 1}, {.level_db = 30}),
              ElementsAre(0));
}

TEST(VoiceMask, RefusesAMaskThatIsOff) {
  EXPECT_THROW(voiced_windows(seconds_at({0}), {.windows = 1, .length_s = 1, .step_s = 1}, {}), ConfigError);
  EXPECT_THROW(voiced_windows(seconds_at({0}), {.windows = 1, .length_s = 1, .step_s = 0}, {.level_db = 30}),
               ConfigError);
}

}  // namespace
}  // namespace melomine::dsp
