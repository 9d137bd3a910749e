#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "dsp/mel.h"
#include "dsp/rms.h"
#include "dsp/stft.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using ::testing::ElementsAre;
using testing::sine_wave;

std::vector<float> padded(const std::vector<float>& samples, int64_t start, Padding padding, size_t count) {
  std::vector<float> frame(count, -1.0F);
  copy_padded(samples, start, padding, frame);
  return frame;
}

TEST(Padding, MirrorsWithoutRepeatingTheEnd) {
  EXPECT_THAT(padded({1, 2, 3}, -2, Padding::kReflect, 7), ElementsAre(3, 2, 1, 2, 3, 2, 1));
  EXPECT_THAT(padded({1, 2, 3}, -2, Padding::kZero, 7), ElementsAre(0, 0, 1, 2, 3, 0, 0));
}

TEST(Padding, ReachesFartherThanTheAudioIsLong) {
  EXPECT_THAT(padded({1, 2}, -3, Padding::kReflect, 7), ElementsAre(2, 1, 2, 1, 2, 1, 2));
  EXPECT_THAT(padded({5}, -2, Padding::kReflect, 4), ElementsAre(5, 5, 5, 5));
  EXPECT_THAT(padded({}, -1, Padding::kReflect, 3), ElementsAre(0, 0, 0));
  EXPECT_THAT(padded({1, 2, 3}, 10, Padding::kZero, 2), ElementsAre(0, 0));
}

TEST(Stft, SineOfKnownAmplitude) {
  const Stft stft({.n_fft = 1024, .hop_samples = 256});
  const FeatureMatrix got = stft.magnitude(sine_wave(64 * 16000.0 / 1024, 0.5, 16000));
  EXPECT_EQ(got.bins, 513);
  EXPECT_EQ(got.frames, 63);
  EXPECT_NEAR(got.at(64, 30), 0.5 / 2 * 1024 / 2, 1e-2);  // A / 2 times the window's sum
  EXPECT_NEAR(got.at(63, 30), 0.5 / 2 * 1024 / 4, 1e-2);  // Hann's neighbours: half of it
  EXPECT_NEAR(got.at(70, 30), 0, 1e-2);
}

/// Noise, whose mirror image and zeros differ, in frames that reach over both ends: by the definition.
TEST(Stft, FramesOverTheEndsSeeThePadding) {
  constexpr int64_t kLength = 21, kFft = 16, kHop = 5;
  const std::vector<float> samples = testing::white_noise(kLength, 7);
  const auto sample_at = [&](int64_t n, Padding padding) -> double {
    if (padding == Padding::kZero && (n < 0 || n >= kLength)) return 0;
    if (n < 0) n = -n;
    if (n >= kLength) n = 2 * (kLength - 1) - n;
    return samples[static_cast<size_t>(n)];
  };
  for (const Padding padding : {Padding::kZero, Padding::kReflect}) {
    const FeatureMatrix got =
        Stft({.n_fft = kFft, .hop_samples = kHop, .padding = padding}).magnitude(samples);
    ASSERT_EQ(got.frames, 5);
    for (int64_t t = 0; t < got.frames; ++t) {
      for (int64_t k = 0; k < got.bins; ++k) {
        std::complex<double> sum = 0;
        for (int64_t n = 0; n < kFft; ++n) {
          const double phase = 2 * std::numbers::pi * static_cast<double>(n) / kFft;
          sum += sample_at(t * kHop - kFft / 2 + n, padding) * (0.5 - 0.5 * std::cos(phase)) *
                 std::polar(1.0, -phase * static_cast<double>(k));
        }
        EXPECT_NEAR(got.at(k, t), std::abs(sum), 1e-5) << "bin " << k << ", frame " << t;
      }
    }
  }
}

TEST(Stft, RefusesWhatMakesNoSense) {
  EXPECT_THROW(Stft({.n_fft = 1023}), ConfigError);
  EXPECT_THROW(Stft({.n_fft = 0}), ConfigError);
  EXPECT_THROW(Stft({.n_fft = int64_t{1} << 40}), ConfigError);
  EXPECT_THROW(Stft({.hop_samples = 0}), ConfigError);
}

TEST(Mel, ScaleIsSlaneys) {
  EXPECT_DOUBLE_EQ(hz_to_mel(1000), 15);
  EXPECT_NEAR(hz_to_mel(6400), 42, 1e-12);
  for (const double hz : {0.0, 500.0, 1000.0, 3000.0, 8000.0})
    EXPECT_NEAR(mel_to_hz(hz_to_mel(hz)), hz, 1e-9);
}

TEST(Mel, TrianglesHaveAreaOne) {
  // A fine grid makes the sum the integral: 2^17 bins lie 0.12 Hz apart.
  MelConfig config;
  config.stft.n_fft = 1 << 17;
  const double bin_hz = 16000.0 / (1 << 17);
  for (const MelBand& band : mel_bands(config)) {
    const double sum = std::accumulate(band.weights.begin(), band.weights.end(), 0.0);
    EXPECT_NEAR(sum * bin_hz, 1, 1e-3);
  }
}

TEST(Mel, RefusesWhatMakesNoSense) {
  EXPECT_THROW(mel_bands({.bands = 0, .stft = {}}), ConfigError);
  EXPECT_THROW(mel_bands({.fmin_hz = 4000, .fmax_hz = 4000, .stft = {}}), ConfigError);
  EXPECT_THROW(mel_bands({.fmin_hz = -1, .stft = {}}), ConfigError);
  EXPECT_THROW(mel_bands({.fmax_hz = 8001, .stft = {}}), ConfigError);
}

TEST(Mel, DegenerateAudio) {
  const MelSpectrogram mel(MelConfig{});
  EXPECT_THAT(mel.magnitude(std::span<const float>{}).values, ::testing::Each(0.0F));
  EXPECT_EQ(mel.magnitude(std::vector<float>{0.5F}).frames, 1);
}

TEST(Rms, SineAndEdges) {
  const auto rms = frame_rms(sine_wave(1000, 0.8, 16384), 2048, 512);
  ASSERT_EQ(rms.size(), 33U);
  EXPECT_NEAR(rms[10], 0.8 / std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(rms[0], 0.8 / 2, 1e-3);  // half of the first frame is padding
  EXPECT_THAT(frame_rms({}, 2048, 512), ElementsAre(0));
  EXPECT_THROW(frame_rms({}, 0, 512), ConfigError);
  EXPECT_THROW(frame_rms({}, 2048, -1), ConfigError);
}

}  // namespace
}  // namespace melomine::dsp
