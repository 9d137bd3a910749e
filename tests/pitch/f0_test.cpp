#include "pitch/f0.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "configs/config.h"
#include "core/error.h"
#include "core/random.h"
#include "dsp/decode.h"
#include "pitch/yin.h"
#include "pitch/yin_tracker.h"
#include "tests/dsp/signals.h"
#include "tests/pitch/scores.h"
#include "tests/support/shared_data.h"

namespace melomine::pitch {
namespace {

using testing::cents;

constexpr int kVoiceRate_hz = 16000;

/// Harmonics of amplitude 1 / h under a vibrato of `depth_cents` at 5.5 Hz.
std::vector<float> voice(double f0_hz, double depth_cents, double duration_s, int rate_hz = kVoiceRate_hz) {
  std::vector<float> samples(static_cast<size_t>(duration_s * rate_hz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    phase += f0_hz * std::exp2(depth_cents / 1200 * std::sin(2 * std::numbers::pi * 5.5 * t)) / rate_hz;
    for (int h = 1; h <= 6; ++h)
      samples[i] += static_cast<float>(0.2 / h * std::sin(2 * std::numbers::pi * h * phase));
  }
  return samples;
}

F0Config config_of(const std::string& tracker) {
  F0Config config;
  config.tracker.choose(tracker);
  return config;
}

class F0Trackers : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, F0Trackers, ::testing::Values("pyin", "yin"));

TEST_P(F0Trackers, FindsSteadyTonesWithinFiveCents) {
  for (const double f0 : {70.0, 98.7, 146.8, 220.0, 311.1, 523.3, 880.0, 1020.0}) {
    const dsp::F0Track track = track_f0(voice(f0, 0, 1.0), kVoiceRate_hz, config_of(GetParam()));
    ASSERT_EQ(track.f0_hz.size(), 101u);
    for (size_t t = 8; t + 8 < track.f0_hz.size(); ++t) {
      ASSERT_GT(track.f0_hz[t], 0) << f0 << " Hz, frame " << t;
      EXPECT_NEAR(cents(track.f0_hz[t], f0), 0, f0 < 800 ? 3 : 5) << f0 << " Hz, frame " << t;
      EXPECT_GT(track.probability[t], 0.8) << f0 << " Hz, frame " << t;
    }
  }
}

TEST_P(F0Trackers, FollowsVibratoAtTheRightTimes) {
  const double depth = 80, f0 = 220;
  const dsp::F0Track track = track_f0(voice(f0, depth, 2.0), kVoiceRate_hz, config_of(GetParam()));
  double squares = 0, with_sine = 0, with_cosine = 0;
  for (size_t t = 20; t < 180; ++t) {
    ASSERT_GT(track.f0_hz[t], 0);
    const double angle = 2 * std::numbers::pi * 5.5 * 0.01 * static_cast<double>(t);
    const double deviation = cents(track.f0_hz[t], f0);
    squares += std::pow(deviation - depth * std::sin(angle), 2);
    with_sine += deviation * std::sin(angle);
    with_cosine += deviation * std::cos(angle);
  }
  EXPECT_LT(std::sqrt(squares / 160), 20);
  // The phase of the vibrato is a time; a frame centred elsewhere than t * hop would show here.
  EXPECT_NEAR(std::atan2(with_cosine, with_sine) / (2 * std::numbers::pi * 5.5), 0, 0.002);
}

TEST_P(F0Trackers, SilenceIsUnvoiced) {
  const dsp::F0Track track =
      track_f0(std::vector<float>(kVoiceRate_hz), kVoiceRate_hz, config_of(GetParam()));
  for (size_t t = 0; t < track.f0_hz.size(); ++t) {
    EXPECT_EQ(track.f0_hz[t], 0);
    EXPECT_EQ(track.probability[t], 0);
  }
}

TEST_P(F0Trackers, NoiseIsUnvoiced) {
  RandomStream random({1});
  std::vector<float> noise(2 * kVoiceRate_hz);
  for (float& s : noise) s = static_cast<float>(random.normal(0, 0.1));
  const dsp::F0Track track = track_f0(noise, kVoiceRate_hz, config_of(GetParam()));
  size_t voiced = 0;
  for (const float f : track.f0_hz) voiced += f > 0;
  EXPECT_LE(voiced, 2u);
}

TEST_P(F0Trackers, LevelAndOffsetDoNotMatter) {
  const std::vector<float> loud = voice(180, 50, 1);
  std::vector<float> soft = loud;
  for (float& s : soft) s = 0.25f + s / 1024;
  const dsp::F0Track a = track_f0(loud, kVoiceRate_hz, config_of(GetParam()));
  const dsp::F0Track b = track_f0(soft, kVoiceRate_hz, config_of(GetParam()));
  for (size_t t = 10; t < 90; ++t) EXPECT_NEAR(cents(b.f0_hz[t], a.f0_hz[t]), 0, 5) << t;
}

TEST_P(F0Trackers, ToneBetweenSilencesIsVoicedOnlyWhereItSounds) {
  std::vector<float> samples(kVoiceRate_hz);
  const std::vector<float> tone = voice(250, 0, 0.5);
  samples.insert(samples.end(), tone.begin(), tone.end());
  samples.resize(samples.size() + kVoiceRate_hz);
  const dsp::F0Track track = track_f0(samples, kVoiceRate_hz, config_of(GetParam()));
  for (size_t t = 0; t < track.f0_hz.size(); ++t) {
    if (t < 95 || t > 155) {
      EXPECT_EQ(track.f0_hz[t], 0) << t;
    } else if (t > 105 && t < 145) {
      EXPECT_NEAR(cents(track.f0_hz[t], 250), 0, 5) << t;
    }
  }
}

TEST_P(F0Trackers, TooShortInputGivesUnvoicedFrames) {
  for (const size_t samples : {0u, 1u, 100u, 160u}) {
    const dsp::F0Track track =
        track_f0(std::vector<float>(samples, 0.1f), kVoiceRate_hz, config_of(GetParam()));
    EXPECT_EQ(track.f0_hz.size(), 1 + samples / 160);
    EXPECT_EQ(track.probability.size(), track.f0_hz.size());
    for (const float f : track.f0_hz) EXPECT_EQ(f, 0);
  }
}

TEST_P(F0Trackers, WorksAtRatesWhoseHopIsFractional) {
  for (const int rate : {8000, 11025, 22050, 44100}) {
    const dsp::F0Track track = track_f0(voice(196, 0, 1, rate), rate, config_of(GetParam()));
    EXPECT_EQ(track.f0_hz.size(), 101u) << rate;
    for (size_t t = 10; t < 90; ++t) EXPECT_NEAR(cents(track.f0_hz[t], 196), 0, 3) << rate << " frame " << t;
  }
}

TEST(F0Config, WrongSettingsAreNamed) {
  const std::vector<float> samples(1000);
  const auto message = [&](auto change) -> std::string {
    F0Config config;
    try {
      change(config);
      track_f0(samples, kVoiceRate_hz, config);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_NE(message([](F0Config& c) { c.tracker.choose("pyinn"); }).find("did you mean 'pyin'"),
            std::string::npos);
  EXPECT_NE(message([](F0Config& c) { c.range.hop_s = 0; }).find("[f0] hop_s"), std::string::npos);
  EXPECT_NE(message([](F0Config& c) { c.range.fmin_hz = -1; }).find("[f0] fmin_hz"), std::string::npos);
  EXPECT_NE(message([](F0Config& c) { c.range.fmin_hz = 10; }).find("[f0] frame_samples"), std::string::npos);
  EXPECT_NE(message([](F0Config& c) { c.range.fmax_hz = 7000; }).find("[f0] fmax_hz"), std::string::npos);
  std::vector<float> broken(1000);
  broken[123] = std::nanf("");
  EXPECT_THROW(track_f0(broken, kVoiceRate_hz, {}), DataError);
}

TEST(F0Config, IsReadAsOlderVersionsWroteIt) {
  const auto config = configs::parse_config<F0Config>(
      "tracker: yin\nfmin_hz: 80\nfmax_hz: 1000\nhop_s: 0.01\nframe_samples: 1024\nyin_threshold: 0.2\n",
      "old.yaml");
  EXPECT_EQ(config.tracker.type(), "yin");
  EXPECT_EQ(config.tracker.settings<YinConfig>().threshold, 0.2);
  EXPECT_EQ(config.range.fmin_hz, 80);
  EXPECT_EQ(
      configs::parse_config<F0Config>(
          "tracker: pyin\nfmin_hz: 80\nfmax_hz: 1000\nhop_s: 0.01\nframe_samples: 1024\nyin_threshold: 0.2\n",
          "old.yaml")
          .tracker.type(),
      "pyin");
  EXPECT_THROW(configs::parse_config<F0Config>("type: pyin\nthreshold: 0.2\n", "new.yaml"), ConfigError);
}

/// Equations 6 and 8 of the paper, summed as they stand, against the shared block sums.
TEST(PropertyYin, DifferenceIsTheDefinition) {
  RandomStream random({2});
  std::vector<float> samples(4000);
  // In pairs of opposite sign: the mean, which the tracker removes, is 0.
  for (size_t i = 0; i < samples.size(); i += 2) {
    samples[i] = static_cast<float>(random.uniform(-0.5, 0.5));
    samples[i + 1] = -samples[i];
  }
  const YinGrid grid = yin_grid(4000, kVoiceRate_hz, F0Range{});
  int64_t frames = 0;
  for_each_yin_frame(samples, grid, [&](const YinFrame& frame) {
    ++frames;
    const int64_t start = frame.index * 160 - grid.samples_before;
    const auto x = [&](int64_t i) {
      return i >= 0 && i < 4000 ? static_cast<double>(samples[static_cast<size_t>(i)]) : 0.0;
    };
    double sum = 0;
    for (int64_t lag = 1; lag <= grid.max_lag; ++lag) {
      double d = 0;
      for (int64_t j = start; j < start + grid.window_samples; ++j) d += std::pow(x(j) - x(j + lag), 2);
      sum += d;
      ASSERT_NEAR(frame.difference[static_cast<size_t>(lag)], d, 1e-4) << frame.index << " " << lag;
      ASSERT_NEAR(frame.normalised[static_cast<size_t>(lag)], d * static_cast<double>(lag) / sum, 1e-5);
    }
  });
  EXPECT_EQ(frames, 26);
}

TEST(GoldenF0, HandCheckedSinging) {
  const auto folder = testing::shared_data() / "f0" / "vocadito_1";
  MELOMINE_REQUIRE_PATH(folder / "vocadito_1.wav");
  const dsp::AudioBuffer audio = dsp::load_audio(folder / "vocadito_1.wav");
  const testing::F0Score pyin =
      testing::score_of(track_f0(audio.samples, 16000, config_of("pyin")), folder / "vocadito_1_f0.csv");
  const testing::F0Score yin =
      testing::score_of(track_f0(audio.samples, 16000, config_of("yin")), folder / "vocadito_1_f0.csv");
  for (const auto& [name, s] : {std::pair{"pyin", pyin}, std::pair{"yin", yin}})
    std::printf("%-4s raw pitch accuracy %.4f, voicing recall %.4f, false alarm %.4f\n", name,
                s.raw_pitch_accuracy, s.voicing_recall, s.false_alarm);
  EXPECT_GT(pyin.raw_pitch_accuracy, 0.95);
  EXPECT_GT(pyin.voicing_recall, 0.95);
  EXPECT_LT(pyin.false_alarm, 0.21);
  EXPECT_GT(yin.raw_pitch_accuracy, 0.9);
  EXPECT_LT(yin.false_alarm, 0.1);
}

}  // namespace
}  // namespace melomine::pitch
