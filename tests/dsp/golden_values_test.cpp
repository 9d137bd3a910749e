#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "dsp/cqt.h"
#include "dsp/mel.h"
#include "dsp/rms.h"
#include "dsp/stft.h"
#include "tests/support/golden_values.h"

namespace melomine::dsp {
namespace {

/// The signal of tests/golden/make_golden.py: a glide with overtones and a steady tone that fades.
std::vector<float> golden_signal() {
  std::vector<float> samples(4000);
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    const double glide = 2 * std::numbers::pi * (180 * t + 300 * t * t);
    samples[i] = static_cast<float>(0.3 * std::sin(glide) + 0.15 * std::sin(3 * glide) +
                                    0.2 * std::cos(2 * std::numbers::pi * 1234.5 * t) * std::exp(-8 * t));
  }
  return samples;
}

/// Frame `frame` of a matrix within `tolerance` of the largest expected value.
void expect_frame(const FeatureMatrix& got, int64_t frame, const std::vector<double>& expected,
                  double tolerance) {
  ASSERT_LT(frame, got.frames);
  ASSERT_LE(static_cast<int64_t>(expected.size()), got.bins);
  const double allowed = tolerance * *std::max_element(expected.begin(), expected.end());
  for (size_t bin = 0; bin < expected.size(); ++bin)
    EXPECT_NEAR(got.values[bin * static_cast<size_t>(got.frames) + static_cast<size_t>(frame)], expected[bin],
                allowed)
        << "bin " << bin << " of frame " << frame;
}

class GoldenFeatureValues : public ::testing::Test {
 protected:
  std::vector<double> numbers(const char* name) const { return golden_.at(name); }
  void expect_frames(const FeatureMatrix& got, const std::string& name, double tolerance) const {
    const auto& frames = golden_.at(name + "_frames");
    for (size_t i = 0; i < frames.size(); ++i)
      expect_frame(got, frames[i], golden_.at(name).at(i), tolerance);
  }

  const nlohmann::json golden_ = testing::golden_values("features.json");
  const std::vector<float> samples_ = golden_signal();
};

// The half-bands' errors and the aliases beyond main lobes, at up to seven levels.
TEST_F(GoldenFeatureValues, Cqt) {
  for (int i = 0; i < simd_kernel_count(); ++i)
    expect_frames(Cqt({}, simd_kernels(i)).magnitude(samples_), "cqt", 5e-4);
}

TEST_F(GoldenFeatureValues, Mel) {
  expect_frames(MelSpectrogram(MelConfig{}).magnitude(samples_), "mel", 2e-6);
}

TEST_F(GoldenFeatureValues, Stft) {
  expect_frame(Stft({}).magnitude(samples_), golden_.at("stft_frame"), numbers("stft"), 2e-6);
}

TEST_F(GoldenFeatureValues, Rms) {
  const auto rms = frame_rms(samples_);
  const auto expected = numbers("rms");
  ASSERT_EQ(rms.size(), expected.size());
  for (size_t t = 0; t < rms.size(); ++t) EXPECT_NEAR(rms[t], expected[t], 1e-6) << t;
}

}  // namespace
}  // namespace melomine::dsp
