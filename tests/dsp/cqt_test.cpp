#include "dsp/cqt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <thread>

#include "core/error.h"
#include "dsp/half_band.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using ::testing::HasSubstr;
using testing::relative_error;
using testing::sine_wave;
using testing::white_noise;

double q_of(const CqtConfig& c) {
  const double ratio = std::exp2(2.0 / static_cast<double>(c.bins_per_octave));
  return (ratio + 1) / (ratio - 1);
}

/// The definition, wavelet by wavelet at the full rate, in double.
std::vector<double> direct_cqt(const std::vector<float>& samples, const CqtConfig& c) {
  const auto count = static_cast<int64_t>(samples.size()), frames = 1 + count / c.hop_samples;
  std::vector<double> out;
  for (int64_t b = 0; b < c.bins_per_octave * c.octaves; ++b) {
    const double hz = c.fmin_hz * std::exp2(static_cast<double>(b) / static_cast<double>(c.bins_per_octave));
    const double rate = static_cast<double>(c.sample_rate_hz), length = q_of(c) * rate / hz;
    const auto from = static_cast<int64_t>(std::floor(-length / 2)), to = static_cast<int64_t>(length / 2);
    std::vector<std::complex<double>> wavelet;
    double norm = 0;
    for (int64_t n = from; n < to; ++n) {
      const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n - from) /
                                                 static_cast<double>(to - from));
      norm += window;
      wavelet.push_back(std::polar(window, -2 * std::numbers::pi * hz / rate * static_cast<double>(n)));
    }
    for (int64_t t = 0; t < frames; ++t) {
      std::complex<double> sum = 0;
      for (int64_t n = from; n < to; ++n) {
        const int64_t at = t * c.hop_samples + n;
        if (at >= 0 && at < count)
          sum +=
              static_cast<double>(samples[static_cast<size_t>(at)]) * wavelet[static_cast<size_t>(n - from)];
      }
      out.push_back(std::abs(sum) / norm * std::sqrt(length));
    }
  }
  return out;
}

struct Case {
  const char* name;
  CqtConfig config;
};

class CqtOfAnySetting : public ::testing::TestWithParam<Case> {};

TEST_P(CqtOfAnySetting, MeetsItsDefinition) {
  const CqtConfig& c = GetParam().config;
  const std::vector<float> samples = white_noise(static_cast<size_t>(c.sample_rate_hz) / 2 + 77, 1);
  const auto direct = direct_cqt(samples, c);
  for (int i = 0; i < simd_kernel_count(); ++i) {
    const FeatureMatrix got = Cqt(c, simd_kernels(i)).magnitude(samples);
    ASSERT_EQ(got.values.size(), direct.size());
    EXPECT_LE(relative_error(got.values, direct), 1e-3) << simd_kernels(i).name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Property, CqtOfAnySetting,
    ::testing::Values(Case{"hop160", {.hop_samples = 160}},
                      Case{"hop441_at_44k", {.sample_rate_hz = 44100, .hop_samples = 441}},
                      Case{"odd_hop", {.hop_samples = 333}},
                      Case{"hop61", {.hop_samples = 61, .octaves = 2, .fmin_hz = 500}},
                      Case{"hop8192", {.hop_samples = 8192}},
                      Case{"bins36", {.bins_per_octave = 36, .octaves = 4, .fmin_hz = 110}},
                      Case{"bins5", {.bins_per_octave = 5, .octaves = 6}},
                      Case{"one_bin", {.bins_per_octave = 1, .octaves = 4, .fmin_hz = 100}},
                      Case{"low_rate", {.sample_rate_hz = 4000, .hop_samples = 100, .octaves = 5}},
                      Case{"top_near_nyquist", {.octaves = 3, .fmin_hz = 950}}),
    [](const auto& setting) { return std::string(setting.param.name); });

TEST(Cqt, SineOfKnownAmplitudeLandsInItsBin) {
  const Cqt cqt({});
  for (const int64_t bin : {0, 11, 12, 45, 72, 83}) {
    const double hz = cqt.frequency_hz(bin), amplitude = 0.25;
    const FeatureMatrix got = cqt.magnitude(sine_wave(hz, amplitude, 48000));
    const int64_t middle = got.frames / 2;
    EXPECT_NEAR(got.at(bin, middle), amplitude / 2 * std::sqrt(q_of({}) * 16000 / hz),
                2e-3 * amplitude * std::sqrt(q_of({}) * 16000 / hz));
    for (int64_t other = 0; other < got.bins; ++other) {
      if (other != bin) {
        EXPECT_LT(got.at(other, middle), got.at(bin, middle)) << bin << " " << other;
      }
    }
  }
}

TEST(PropertyCqtFrames, AShiftByAHopShiftsFrames) {
  const Cqt cqt({.hop_samples = 160});
  const std::vector<float> samples = white_noise(20000, 2);
  std::vector<float> later(3 * 160, 0.0F);
  later.insert(later.end(), samples.begin(), samples.end());
  const FeatureMatrix a = cqt.magnitude(samples), b = cqt.magnitude(later);
  ASSERT_EQ(b.frames, a.frames + 3);
  // Frames that fall on other fractions of a decimated sample see other (equally small) aliases.
  double worst = 0;
  for (int64_t f = 0; f < a.bins; ++f)
    for (int64_t t = 0; t < a.frames; ++t)
      worst =
          std::max(worst, std::abs(static_cast<double>(a.at(f, t)) - static_cast<double>(b.at(f, t + 3))));
  EXPECT_LT(worst, 2e-3);
}

TEST(PropertyCqtFrames, AreLinearInTheLevel) {
  const Cqt cqt({});
  std::vector<float> samples = white_noise(9000, 3);
  const FeatureMatrix once = cqt.magnitude(samples);
  for (float& value : samples) value *= 8;
  const FeatureMatrix loud = cqt.magnitude(samples);
  for (size_t i = 0; i < once.values.size(); ++i) EXPECT_EQ(8 * once.values[i], loud.values[i]);
}

TEST(PropertyCqtFrames, DoNotDependOnWhatFollowsFarAway) {
  // Long audio goes through in blocks: their seams must not show.
  const Cqt cqt({.hop_samples = 160});
  const std::vector<float> all = white_noise(300000, 4);
  const FeatureMatrix whole = cqt.magnitude(all);
  const FeatureMatrix head = cqt.magnitude(std::span(all).first(100000));
  for (int64_t f = 0; f < head.bins; ++f)
    for (int64_t t = 0; t < 500; ++t) ASSERT_NEAR(head.at(f, t), whole.at(f, t), 1e-6) << f << " " << t;
}

TEST(PropertyCqtFrames, AreTheSameFromManyThreads) {
  const Cqt cqt({});
  const std::vector<float> samples = white_noise(56000, 5);
  const FeatureMatrix expected = cqt.magnitude(samples);
  std::vector<FeatureMatrix> got(8);
  std::vector<std::thread> threads;
  for (auto& slot : got) threads.emplace_back([&] { slot = cqt.magnitude(samples); });
  for (auto& thread : threads) thread.join();
  for (const auto& matrix : got) EXPECT_EQ(matrix.values, expected.values);
}

TEST(Cqt, DegenerateAudio) {
  const Cqt cqt({});
  const FeatureMatrix empty = cqt.magnitude(std::span<const float>{});
  EXPECT_EQ(empty.frames, 1);
  EXPECT_THAT(empty.values, ::testing::Each(0.0F));
  const FeatureMatrix silent = cqt.magnitude(std::vector<float>(100000));
  EXPECT_EQ(silent.frames, 196);
  EXPECT_THAT(silent.values, ::testing::Each(0.0F));
  // A single sample of 1 is the wavelet's own peak: 1 / (length / 2) * sqrt(length).
  const FeatureMatrix click = cqt.magnitude(std::vector<float>{1.0F});
  ASSERT_EQ(click.frames, 1);
  EXPECT_NEAR(click.at(0, 0), 2 / std::sqrt(q_of({}) * 16000 / kC1Hz), 1e-4);
}

TEST(Cqt, RefusesWhatMakesNoSense) {
  const auto message = [](const CqtConfig& c) {
    try {
      const Cqt cqt(c);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message({.hop_samples = -512}), "[cqt] hop_samples must be > 0, got -512");
  EXPECT_EQ(message({.hop_samples = 0}), "[cqt] hop_samples must be > 0, got 0");
  EXPECT_THAT(message({.sample_rate_hz = 0}), HasSubstr("sample_rate_hz must be > 0"));
  EXPECT_THAT(message({.bins_per_octave = 0}), HasSubstr("bins_per_octave must be > 0"));
  EXPECT_THAT(message({.octaves = -1}), HasSubstr("octaves must be > 0"));
  EXPECT_THAT(message({.fmin_hz = 0}), HasSubstr("fmin_hz must be > 0"));
  EXPECT_THAT(message({.fmin_hz = std::nan("")}), HasSubstr("fmin_hz must be > 0"));
  EXPECT_THAT(message({.octaves = 8}), HasSubstr("above Nyquist (8000.0 Hz)"));
  EXPECT_THAT(message({.sample_rate_hz = 8000}), HasSubstr("above Nyquist"));
  EXPECT_THAT(message({.octaves = INT64_MAX}), HasSubstr("at most"));
  EXPECT_THAT(message({.hop_samples = INT64_MAX}), HasSubstr("hop_samples must be at most"));
  EXPECT_THAT(message({.fmin_hz = 1e-9}), HasSubstr("lowest wavelet"));
  EXPECT_EQ(message({}), "accepted");
}

TEST(HalfBand, PassesAndStopsAsDocumented) {
  EXPECT_NEAR(half_band_gain(0), 1, 1e-7);
  const double limit = std::pow(10, -85.0 / 20);
  for (double f = 0; f <= kHalfBandPass / 2; f += 1e-3) {
    EXPECT_NEAR(half_band_gain(f), 1, limit) << f;
    EXPECT_NEAR(half_band_gain(0.5 - f), 0, limit) << f;
  }
}

}  // namespace
}  // namespace melomine::dsp
