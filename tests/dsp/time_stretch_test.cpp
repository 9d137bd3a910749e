#include "dsp/time_stretch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "dsp/decode.h"
#include "dsp/sinc_resample.h"
#include "pitch/pyin.h"
#include "pitch/yin_tracker.h"
#include "tests/dsp/signals.h"
#include "tests/support/shared_data.h"

namespace melomine::dsp {
namespace {

using testing::cents;

constexpr int kVowelRate_hz = 16000;

/// A sung-like tone: harmonics with formant-like weights and a little vibrato.
std::vector<float> vowel(double f0_hz, double duration_s) {
  std::vector<float> samples(static_cast<size_t>(duration_s * kVowelRate_hz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kVowelRate_hz;
    phase += f0_hz * (1 + 0.01 * std::sin(2 * std::numbers::pi * 5 * t)) / kVowelRate_hz;
    for (int h = 1; h <= 10; ++h)
      samples[i] += static_cast<float>(0.1 / (1 + std::abs(h - 3)) *
                                       std::sin(2 * std::numbers::pi * h * phase + 0.7 * h * h));
  }
  return samples;
}

double median_f0(const std::vector<float>& samples) {
  std::vector<float> voiced;
  for (const float f : pitch::YinTracker({}, {}).track(samples, kVowelRate_hz).f0_hz)
    if (f > 0) voiced.push_back(f);
  if (voiced.empty()) return 0;
  std::nth_element(voiced.begin(), voiced.begin() + static_cast<long>(voiced.size() / 2), voiced.end());
  return voiced[voiced.size() / 2];
}

double rms(const std::vector<float>& samples, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += static_cast<double>(samples[i]) * samples[i];
  return std::sqrt(sum / static_cast<double>(end - begin));
}

TEST(TimeStretch, KeepsThePitchAndTheLevel) {
  for (const double f0 : {85.0, 140.0, 233.1, 420.0}) {
    const std::vector<float> source = vowel(f0, 4);
    for (const double rate : {0.7, 0.93, 1.25, 1.5}) {
      const std::vector<float> out = time_stretch(source, rate, kVowelRate_hz);
      ASSERT_EQ(out.size(), static_cast<size_t>(std::llround(source.size() / rate)));
      EXPECT_NEAR(cents(median_f0(out), median_f0(source)), 0, 6) << f0 << " Hz at " << rate;
      const double change = rms(out, 1600, out.size() - 1600) / rms(source, 1600, source.size() - 1600);
      EXPECT_NEAR(20 * std::log10(change), 0, 0.5) << f0 << " Hz at " << rate;
    }
  }
}

TEST(PitchShift, MovesByTheAskedCentsAndKeepsTheLength) {
  for (const double f0 : {110.0, 196.0, 330.0}) {
    const std::vector<float> source = vowel(f0, 3);
    for (const double semitones : {-4.0, -2.5, -0.37, 0.5, 1.0, 3.3, 4.0}) {
      const std::vector<float> out = pitch_shift(source, semitones, kVowelRate_hz);
      ASSERT_EQ(out.size(), source.size());
      EXPECT_NEAR(cents(median_f0(out), median_f0(source)), 100 * semitones, 6) << f0 << " by " << semitones;
    }
  }
}

TEST(StretchAndShift, DoesBothAtOnce) {
  const std::vector<float> source = vowel(200, 4);
  for (const double rate : {0.8, 1.0, 1.25})
    for (const double semitones : {-4.0, 0.0, 4.0}) {
      const std::vector<float> out = stretch_and_shift(source, rate, semitones, kVowelRate_hz);
      ASSERT_EQ(out.size(), static_cast<size_t>(std::llround(source.size() / rate)));
      EXPECT_NEAR(cents(median_f0(out), median_f0(source)), 100 * semitones, 6) << rate << " " << semitones;
    }
}

TEST(StretchAndShift, NothingAskedIsTheInput) {
  const std::vector<float> source = vowel(200, 1);
  EXPECT_EQ(stretch_and_shift(source, 1, 0, kVowelRate_hz), source);
}

/// Note onsets (one every 0.4 s) stay at t / rate, at the end of a long recording as at its beginning.
TEST(PropertyTimeStretch, OnsetsDoNotDrift) {
  constexpr double kPeriodS = 0.4, kDurationS = 24;
  std::vector<float> source(static_cast<size_t>(kDurationS * kVowelRate_hz));
  const std::vector<float> note = vowel(180, 0.2);
  std::vector<size_t> onsets;
  for (double t = 0.2; t + 0.3 < kDurationS; t += kPeriodS) {
    onsets.push_back(static_cast<size_t>(t * kVowelRate_hz));
    std::copy(note.begin(), note.end(), source.begin() + static_cast<long>(onsets.back()));
  }
  for (const double semitones : {0.0, -4.0, 4.0})
    for (const double rate : {0.8, 0.9, 1.1, 1.25}) {
      const std::vector<float> out = stretch_and_shift(source, rate, semitones, kVowelRate_hz);
      std::vector<double> found_s;
      size_t quiet = 1000;
      for (size_t i = 0; i < out.size(); ++i) {
        if (std::abs(out[i]) < 0.02) {
          ++quiet;
          continue;
        }
        if (quiet > 800) found_s.push_back(static_cast<double>(i) / kVowelRate_hz);
        quiet = 0;
      }
      ASSERT_EQ(found_s.size(), onsets.size()) << rate << " " << semitones;
      double worst_s = 0;
      for (size_t i = 0; i < onsets.size(); ++i)
        worst_s =
            std::max(worst_s, std::abs(found_s[i] - static_cast<double>(onsets[i]) / kVowelRate_hz / rate));
      EXPECT_LT(worst_s, 0.030) << rate << " " << semitones;
    }
}

TEST(PropertyTimeStretch, ClicksStayWithinThirtyMilliseconds) {
  std::vector<float> source(10 * kVowelRate_hz);
  for (size_t click = 1; click < 20; ++click) source[click * kVowelRate_hz / 2] = 1;
  for (const double rate : {0.8, 1.25}) {
    const std::vector<float> out = time_stretch(source, rate, kVowelRate_hz);
    for (size_t click = 1; click < 20; ++click) {
      const auto centre = static_cast<long>(0.5 * static_cast<double>(click * kVowelRate_hz) / rate);
      const float near = *std::max_element(out.begin() + centre - 480, out.begin() + centre + 480);
      EXPECT_GT(near, 0.4) << "click " << click << " at rate " << rate;
      for (long i = centre + 480; i < centre + 2000; ++i) ASSERT_EQ(out[static_cast<size_t>(i)], 0);
    }
  }
}

/// The contour of real singing after stretching and shifting is the contour before, scaled. Where both are
/// voiced and the melody moves slowly (alignment may be 30 ms off), pitches agree to a quarter tone.
TEST(GoldenTimeStretch, RealSingingKeepsItsContour) {
  const auto path = testing::shared_data() / "f0" / "vocadito_1" / "vocadito_1.wav";
  MELOMINE_REQUIRE_PATH(path);
  AudioBuffer audio = load_audio(path);
  audio.samples.resize(12 * kVowelRate_hz);
  const pitch::PyinTracker tracker({}, {});
  const F0Track before = tracker.track(audio.samples, kVowelRate_hz);
  for (const double rate : {0.8, 1.0, 1.25})
    for (const double semitones : {-4.0, 0.0, 4.0}) {
      const F0Track after =
          tracker.track(stretch_and_shift(audio.samples, rate, semitones, kVowelRate_hz), kVowelRate_hz);
      double voiced = 0, kept = 0, right = 0;
      for (size_t t = 0; t < after.f0_hz.size(); ++t) {
        const auto source = static_cast<size_t>(std::llround(static_cast<double>(t) * rate));
        if (source < 4 || source + 4 >= before.f0_hz.size()) continue;
        bool steady = before.f0_hz[source] > 0;
        for (size_t s = source - 4; steady && s <= source + 4; ++s)
          steady = before.f0_hz[s] > 0 && std::abs(cents(before.f0_hz[s], before.f0_hz[source])) < 50;
        if (!steady) continue;
        ++voiced;
        if (after.f0_hz[t] <= 0) continue;
        ++kept;
        right += std::abs(cents(after.f0_hz[t], before.f0_hz[source]) - 100 * semitones) < 50;
      }
      EXPECT_GT(kept / voiced, 0.98) << rate << " " << semitones;
      EXPECT_GT(right / voiced, 0.97) << rate << " " << semitones;
    }
}

TEST(StretchAndShift, DegenerateInput) {
  for (const size_t samples : {0u, 1u, 7u, 200u, 700u})
    for (const double rate : {0.5, 0.8, 1.25, 2.0})
      for (const double semitones : {-5.0, 0.0, 5.0}) {
        const std::vector<float> source(samples, 0.1f);
        const std::vector<float> out = stretch_and_shift(source, rate, semitones, kVowelRate_hz);
        ASSERT_EQ(out.size(), static_cast<size_t>(std::llround(static_cast<double>(samples) / rate)));
        for (const float s : out) ASSERT_TRUE(std::isfinite(s));
      }
  const std::vector<float> silence(kVowelRate_hz);
  for (const float s : stretch_and_shift(silence, 0.9, 2, kVowelRate_hz)) ASSERT_EQ(s, 0);
  for (const int rate_hz : {4000, 8000, 44100, 48000})
    EXPECT_EQ(time_stretch(silence, 0.9, rate_hz).size(), 17778u);
  EXPECT_THROW(time_stretch(silence, 0, kVowelRate_hz), ConfigError);
  EXPECT_THROW(time_stretch(silence, std::nan(""), kVowelRate_hz), ConfigError);
  EXPECT_THROW(pitch_shift(silence, 30, kVowelRate_hz), ConfigError);
  EXPECT_THROW(time_stretch(silence, 1.1, 0), ConfigError);
}

TEST(SincResample, SineBelowTheCutoffIsExactAndAboveItIsGone) {
  for (const double step : {0.8, 0.97, 1.0, 1.1, 1.26}) {
    const auto error_db = [&](double hz, bool kept) {
      std::vector<float> source(8000);
      for (size_t i = 0; i < source.size(); ++i)
        source[i] =
            static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kVowelRate_hz));
      const std::vector<float> out = sinc_resample(source, step, static_cast<int64_t>(7900 / step));
      double sum = 0;
      for (size_t i = 100; i + 100 < out.size(); ++i) {
        const double ideal =
            kept ? std::sin(2 * std::numbers::pi * hz * step * static_cast<double>(i) / kVowelRate_hz) : 0;
        sum += std::pow(out[i] - ideal, 2);
      }
      return 10 * std::log10(sum / static_cast<double>(out.size() - 200) / 0.5 + 1e-20);
    };
    for (const double hz : {50.0, 440.0, 2500.0, 4500.0}) EXPECT_LT(error_db(hz, true), -60) << step << hz;
    if (step > 1.2) {
      EXPECT_LT(error_db(7600, false), -60) << step;
    }
  }
  EXPECT_THROW(sinc_resample(std::vector<float>(10), 0, 10), ConfigError);
}

/// The sanitizers see whether anything is read behind the signal's margin.
TEST(SincResample, BehindTheSignalIsSilence) {
  const std::vector<float> ones(500, 1);
  for (const double step : {0.25, 0.5, 0.793, 1.0001, 1.26, 1.7, 4.0}) {
    const double end = 500 + static_cast<double>(sinc_shape(step).half);
    const std::vector<float> out = sinc_resample(ones, step, std::llround(2 * end / step));
    EXPECT_NEAR(out[static_cast<size_t>(250 / step)], 1, 0.02) << step;
    for (size_t i = 0; i < out.size(); ++i)
      if (static_cast<double>(i) * step >= end) {
        ASSERT_EQ(out[i], 0) << step << ", " << i;
      }
  }
}

}  // namespace
}  // namespace melomine::dsp
