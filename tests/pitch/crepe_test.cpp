#include "pitch/crepe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/error.h"
#include "dsp/decode.h"
#include "pitch/crepe_path.h"
#include "tests/dsp/signals.h"
#include "tests/pitch/crepe_files.h"
#include "tests/pitch/scores.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using testing::cents;
using ::testing::HasSubstr;
using testing::TempFolder;

/// Activations that are 0 but for a bump around a bin of each frame.
dsp::FeatureMatrix bumps(const std::vector<double>& bins, double height) {
  const auto frames = static_cast<int64_t>(bins.size());
  dsp::FeatureMatrix matrix{.bins = 360, .frames = frames, .hop_s = 0.01, .values = {}};
  matrix.values.resize(360 * bins.size());
  for (int64_t t = 0; t < frames; ++t)
    for (int64_t b = 0; b < 360; ++b) {
      const double away = static_cast<double>(b) - bins[static_cast<size_t>(t)];
      matrix.values[static_cast<size_t>(b * frames + t)] =
          static_cast<float>(height * std::exp(-away * away / 4));
    }
  return matrix;
}

constexpr CrepeDecoding kWide{.fmin_hz = 32, .fmax_hz = 2000};

TEST(CrepePath, BinsLieWhereThePublishedNetworkHasThem) {
  EXPECT_NEAR(crepe_bin_hz(0), 31.70, 0.005);
  EXPECT_NEAR(cents(crepe_bin_hz(228), 440), 0, 10);
  EXPECT_NEAR(crepe_bin_hz(359), 2005.5, 0.1);
}

TEST(CrepePath, TheMeanAroundAPeakIsFinerThanABin) {
  for (const double bin : {40.0, 100.25, 200.5, 300.8})
    for (const bool viterbi : {true, false}) {
      CrepeDecoding decoding = kWide;
      decoding.viterbi = viterbi;
      const dsp::F0Track track = decode_crepe(bumps(std::vector<double>(5, bin), 0.8), decoding);
      for (const float f0_hz : track.f0_hz) EXPECT_NEAR(cents(f0_hz, crepe_bin_hz(bin)), 0, 1) << bin;
    }
}

TEST(CrepePath, FollowsTheMelodyPastASingleJump) {
  std::vector<double> bins;
  for (int t = 0; t < 60; ++t) bins.push_back(150 + 0.5 * t);
  dsp::FeatureMatrix activation = bumps(bins, 0.7);
  std::vector<double> others = bins;
  for (int64_t b = 0; b < 360; ++b) {  // an octave error: stronger, for two frames
    const double away = static_cast<double>(b) - (bins[30] + 60);
    for (const int64_t t : {30, 31})
      activation.values[static_cast<size_t>(b * 60 + t)] +=
          static_cast<float>(0.9 * std::exp(-away * away / 4));
  }
  CrepeDecoding decoding = kWide;
  const dsp::F0Track path = decode_crepe(activation, decoding);
  for (size_t t = 0; t < 60; ++t) EXPECT_NEAR(cents(path.f0_hz[t], crepe_bin_hz(bins[t])), 0, 3) << t;
  decoding.viterbi = false;
  EXPECT_NEAR(cents(decode_crepe(activation, decoding).f0_hz[30], crepe_bin_hz(bins[30])), 1200, 5);
}

/// The best of all paths, by trying every one of them.
TEST(PropertyCrepePath, IsTheBestOfAllPaths) {
  RandomStream random({8});
  const int64_t first = 100, last = 118, frames = 4;
  dsp::FeatureMatrix activation{.bins = 360, .frames = frames, .hop_s = 0.01, .values = {}};
  for (int round = 0; round < 10; ++round) {
    activation.values.assign(360 * frames, 0.9F);  // more outside the range
    for (int64_t b = first; b <= last; ++b)
      for (int64_t t = 0; t < frames; ++t)
        activation.values[static_cast<size_t>(b * frames + t)] = static_cast<float>(random.uniform(0, 1));
    double best = -1e9;
    std::vector<int64_t> expected;
    const int64_t bins = last - first + 1;
    for (int64_t code = 0; code < bins * bins * bins * bins; ++code) {
      std::vector<int64_t> path;
      for (int64_t rest = code; path.size() < 4; rest /= bins) path.push_back(first + rest % bins);
      double score = 0;
      for (size_t t = 0; t < 4; ++t) {
        score += activation.at(path[t], static_cast<int64_t>(t));
        if (t > 0)
          score += std::log(std::max(1e-30, 12.0 - std::abs(static_cast<double>(path[t] - path[t - 1]))));
      }
      if (score > best) {
        best = score;
        expected = path;
      }
    }
    EXPECT_EQ(crepe_path(activation, first, last), expected) << round;
  }
}

TEST(CrepePath, VoicingAndRangeAreRespected) {
  CrepeDecoding decoding = kWide;
  decoding.voicing = 0.5;
  EXPECT_EQ(decode_crepe(bumps({150, 150}, 0.4), decoding).f0_hz, (std::vector<float>{0, 0}));
  EXPECT_NEAR(decode_crepe(bumps({150, 150}, 0.4), decoding).probability[0], 0.4, 1e-6);
  decoding.fmin_hz = crepe_bin_hz(200);
  EXPECT_EQ(decode_crepe(bumps({150, 150}, 0.9), decoding).f0_hz, (std::vector<float>{0, 0}));
  EXPECT_TRUE(decode_crepe(bumps({}, 0.9), decoding).f0_hz.empty());
  decoding.fmin_hz = 5000;
  decoding.fmax_hz = 6000;
  EXPECT_THROW(decode_crepe(bumps({150}, 0.9), decoding), ConfigError);
}

TEST(CrepeConfig, IsReadAndChecked) {
  const auto config = configs::parse_config<F0Config>(
      "{type: crepe, weights: w.h5, voicing: 0.4, viterbi: false}\n", "a.yaml");
  EXPECT_EQ(config.tracker.settings<CrepeConfig>().voicing, 0.4);
  EXPECT_THROW(configs::parse_config<F0Config>("{type: crepe}\n", "a.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<F0Config>("{type: crepe, weights: w, voicing: 2}\n", "a.yaml"),
               ConfigError);
  EXPECT_THROW(make_tracker(config), DataError) << "there is no such file";
}

TEST(CrepeTracker, IsAFamilyMember) {
  const TempFolder folder;
  testing::write_keras_file(folder / "w.h5", testing::random_crepe_arrays(6));
  F0Config config;
  config.tracker = configs::Choice<F0Kind>("crepe", CrepeConfig{.weights = folder / "w.h5"});
  const dsp::F0Track track = track_f0(testing::white_noise(8000, 2), 16000, config);
  EXPECT_EQ(track.f0_hz.size(), 51u);
  EXPECT_EQ(track.probability.size(), 51u);
  EXPECT_EQ(track.hop_s, 0.01);
}

F0Config published() {
  F0Config config;
  config.tracker = configs::Choice<F0Kind>(
      "crepe", CrepeConfig{.weights = testing::shared_data() / "f0" / "crepe_model-tiny.h5"});
  return config;
}

TEST(GoldenCrepe, FindsTonesAtAnyRate) {
  MELOMINE_REQUIRE_PATH(testing::shared_data() / "f0" / "crepe_model-tiny.h5");
  const auto tracker = make_tracker(published());
  for (const int rate_hz : {8000, 16000, 44100})
    for (const double f0_hz : {98.0, 233.1, 440.0, 880.0}) {
      std::vector<float> samples(static_cast<size_t>(rate_hz));
      for (int h = 1; h <= 4; ++h)
        for (size_t i = 0; i < samples.size(); ++i)
          samples[i] += static_cast<float>(
              0.2 / h * std::sin(2 * std::numbers::pi * h * f0_hz * static_cast<double>(i) / rate_hz));
      const dsp::F0Track track = tracker->track(samples, rate_hz);
      ASSERT_EQ(track.f0_hz.size(), 101u);
      int right = 0;
      for (size_t t = 10; t < 90; ++t)
        right += track.f0_hz[t] > 0 && std::abs(cents(track.f0_hz[t], f0_hz)) < 30;
      EXPECT_GE(right, 76) << f0_hz << " Hz at " << rate_hz;
    }
  for (const float f0_hz : tracker->track(std::vector<float>(8000), 16000).f0_hz) EXPECT_EQ(f0_hz, 0);
}

TEST(GoldenCrepe, HandCheckedSinging) {
  const auto folder = testing::shared_data() / "f0";
  MELOMINE_REQUIRE_PATH(folder / "vocadito_1" / "vocadito_1.wav");
  const dsp::AudioBuffer audio = dsp::load_audio(folder / "vocadito_1" / "vocadito_1.wav");
  const auto score = testing::score_of(track_f0(audio.samples, 16000, published()),
                                       folder / "vocadito_1" / "vocadito_1_f0.csv");
  std::printf("crepe raw pitch accuracy %.4f, voicing recall %.4f, false alarm %.4f\n",
              score.raw_pitch_accuracy, score.voicing_recall, score.false_alarm);
  EXPECT_GT(score.raw_pitch_accuracy, 0.98);
  EXPECT_GT(score.voicing_recall, 0.985);
  EXPECT_LT(score.false_alarm, 0.15);
}

}  // namespace
}  // namespace melomine::pitch
