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

TEST(VoiceMask, WindowsBelowALevelOfFullScaleHoldNone) {
  // A tone's RMS is its amplitude / sqrt(2): 0.0707, 0.0224 and 0.0071, in windows of a second of one of
  // them.
  const AudioBuffer audio = seconds_at({20, 20, 30, 30, 40, 40});
  const WindowGrid grid{.windows = 3, .length_s = 1, .step_s = 2};
  const auto from = [&](double min_rms) { return voiced_windows(audio, grid, {.min_rms = min_rms}); };
  EXPECT_THAT(from(0.005), Each(1));
  EXPECT_THAT(from(0.02), ElementsAre(1, 1, 0));
  EXPECT_THAT(from(0.025), ElementsAre(1, 0, 0));
  EXPECT_THAT(from(0.075), Each(0));
  EXPECT_THAT(voiced_windows(audio, grid, {.level_db = 15, .share = 0.5, .min_rms = 0.005}),
              ElementsAre(1, 1, 0))
      << "both are asked";
}

TEST(VoiceMask, LevelOfFullScaleIsTheMeanOverTheFramesOfAWindow) {
  // One second at 0.0707 and three of digital silence: the mean RMS of 4 s is 0.0177, their root mean square
  // 0.0354.
  AudioBuffer audio = seconds_at({20});
  audio.samples.resize(4 * kRate_hz);
  const WindowGrid grid{.windows = 1, .length_s = 4, .step_s = 1};
  EXPECT_THAT(voiced_windows(audio, grid, {.min_rms = 0.0172}), ElementsAre(1));
  EXPECT_THAT(voiced_windows(audio, grid, {.min_rms = 0.0186}), ElementsAre(0));
  for (float& x : audio.samples) x *= 0.5F;
  EXPECT_THAT(voiced_windows(audio, grid, {.min_rms = 0.0172}), ElementsAre(0)) << "unlike level_db";
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
  EXPECT_THAT(voiced_windows(silence, {.windows = 3, .length_s = 2, .step_s = 1}, {.min_rms = 1e-9}),
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
