#include "datasets/hum_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

namespace melomine::datasets {
namespace {

constexpr int kHumRate_hz = 16000;
constexpr double kCutoff_hz = 1000;

/// A vowel: pulses at f0 through two resonances.
std::vector<float> vowel(double f0_hz, double first_hz, double second_hz, double seconds) {
  const auto count = static_cast<size_t>(seconds * kHumRate_hz);
  std::vector<double> x(count);
  // A band-limited pulse train, all harmonics of one level.
  for (size_t n = 0; n < count; ++n)
    for (double f = f0_hz; f < 7000; f += f0_hz)
      x[n] += std::cos(2 * std::numbers::pi * f * static_cast<double>(n) / kHumRate_hz);
  for (const double formant_hz : {first_hz, second_hz}) {
    const double radius = std::exp(-std::numbers::pi * 90 / kHumRate_hz);
    const double turn = 2 * radius * std::cos(2 * std::numbers::pi * formant_hz / kHumRate_hz);
    double one = 0, two = 0;
    for (double& value : x) {
      value += turn * one - radius * radius * two;
      two = one;
      one = value;
    }
  }
  double loudest = 0;
  for (const double value : x) loudest = std::max(loudest, std::abs(value));
  std::vector<float> out;
  for (const double value : x) out.push_back(static_cast<float>(0.5 * value / loudest));
  return out;
}

/// Level of each harmonic, in decibels relative to their mean.
std::vector<double> harmonic_levels_db(const std::vector<float>& x, double f0_hz, int harmonics) {
  std::vector<double> levels;
  double mean = 0;
  for (int h = 1; h <= harmonics; ++h) {
    double re = 0, im = 0;
    for (size_t n = 2000; n + 2000 < x.size(); ++n) {
      const double angle = 2 * std::numbers::pi * h * f0_hz * static_cast<double>(n) / kHumRate_hz;
      re += x[n] * std::cos(angle);
      im += x[n] * std::sin(angle);
    }
    levels.push_back(10 * std::log10(re * re + im * im + 1e-20));
    mean += levels.back() / harmonics;
  }
  for (double& level : levels) level -= mean;
  return levels;
}

double distance_db(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

double rms(std::span<const float> x) {
  double sum = 0;
  for (const float value : x) sum += static_cast<double>(value) * value;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

TEST(HumFilter, VowelsOfOnePitchBecomeAlike) {
  for (const double f0_hz : {110.0, 160.0, 220.0}) {
    auto a = vowel(f0_hz, 730, 1090, 1), i = vowel(f0_hz, 270, 2290, 1);
    const int harmonics = static_cast<int>(3000 / f0_hz);
    const double before =
        distance_db(harmonic_levels_db(a, f0_hz, harmonics), harmonic_levels_db(i, f0_hz, harmonics));
    hum_filter(a, kCutoff_hz, kHumRate_hz);
    hum_filter(i, kCutoff_hz, kHumRate_hz);
    const double after =
        distance_db(harmonic_levels_db(a, f0_hz, harmonics), harmonic_levels_db(i, f0_hz, harmonics));
    EXPECT_GT(before, 15);
    EXPECT_LT(after, 0.35 * before) << f0_hz << " Hz: " << before << " dB before";
  }
}

TEST(HumFilter, KeepsThePitch) {
  for (const double f0_hz : {110.0, 220.0, 330.0}) {
    auto voice = vowel(f0_hz, 730, 1090, 1);
    hum_filter(voice, kCutoff_hz, kHumRate_hz);
    // Energy lies on the harmonics of f0 and not halfway between them.
    double on = 0, off = 0;
    for (const double factor : {1.0, 2.0}) {
      double re[2] = {}, im[2] = {};
      for (size_t n = 2000; n + 2000 < voice.size(); ++n)
        for (const int k : {0, 1}) {
          const double f = (factor + 0.5 * k) * f0_hz;
          const double angle = 2 * std::numbers::pi * f * static_cast<double>(n) / kHumRate_hz;
          re[k] += voice[n] * std::cos(angle);
          im[k] += voice[n] * std::sin(angle);
        }
      on += re[0] * re[0] + im[0] * im[0];
      off += re[1] * re[1] + im[1] * im[1];
    }
    EXPECT_GT(on, 1000 * off) << f0_hz;
  }
}

TEST(HumFilter, KeepsTheLevelOverTime) {
  auto voice = vowel(150, 500, 1500, 2);
  for (size_t n = voice.size() / 2; n < voice.size(); ++n) voice[n] *= 0.1F;
  const auto before = voice;
  hum_filter(voice, kCutoff_hz, kHumRate_hz);
  const auto part = [](const std::vector<float>& x, double from_s, double to_s) {
    return rms(std::span(x).subspan(static_cast<size_t>(from_s * kHumRate_hz),
                                    static_cast<size_t>((to_s - from_s) * kHumRate_hz)));
  };
  for (const double from_s : {0.1, 0.5, 1.1, 1.5}) {
    const double change_db =
        20 * std::log10(part(voice, from_s, from_s + 0.3) / part(before, from_s, from_s + 0.3));
    EXPECT_NEAR(change_db, 0, 1.5) << from_s;
  }
}

TEST(PropertyHumFilter, FollowsTheLevelAndIsDarkerForALowerCutoff) {
  auto loud = vowel(150, 500, 1500, 1), quiet = loud, dark = loud;
  for (float& value : quiet) value *= 0.25F;
  hum_filter(loud, kCutoff_hz, kHumRate_hz);
  hum_filter(quiet, kCutoff_hz, kHumRate_hz);
  hum_filter(dark, 250, kHumRate_hz);
  for (size_t n = 0; n < loud.size(); ++n) ASSERT_NEAR(quiet[n], 0.25F * loud[n], 1e-5);
  const auto bright_db = harmonic_levels_db(loud, 150, 20), dark_db = harmonic_levels_db(dark, 150, 20);
  EXPECT_GT((bright_db[19] - bright_db[0]) - (dark_db[19] - dark_db[0]), 6);
}

TEST(HumFilter, SilenceShortClipsAndNothing) {
  std::vector<float> silence(8000, 0.0F), nothing, three{0.1F, -0.2F, 0.1F};
  hum_filter(silence, kCutoff_hz, kHumRate_hz);
  EXPECT_EQ(rms(silence), 0);
  hum_filter(nothing, kCutoff_hz, kHumRate_hz);
  hum_filter(three, kCutoff_hz, kHumRate_hz);
  for (const float value : three) EXPECT_TRUE(std::isfinite(value));
  // A clip that begins in silence and one of a constant.
  std::vector<float> step(8000, 0.0F);
  std::fill(step.begin() + 4000, step.end(), 0.5F);
  hum_filter(step, kCutoff_hz, kHumRate_hz);
  for (const float value : step) ASSERT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace melomine::datasets
