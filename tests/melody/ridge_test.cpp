#include "melody/ridge.h"

#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/error.h"
#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using testing::contour_with;
using testing::random_tune;

std::vector<float> ridge_of(const dsp::Contour& contour, int64_t first, int64_t frames,
                            const RidgeConfig& config) {
  std::vector<float> image(static_cast<size_t>(config.bins * frames), -1);
  draw_ridge(contour, first, frames, config, image);
  return image;
}

TEST(Ridge, IsAGaussianAboutThePitch) {
  const RidgeConfig config{
      .bins = 60, .bins_per_octave = 60, .fmin_midi = 55, .width_semitones = 0.25, .centred = false};
  const std::vector<float> pitch = {60, 60.07f, 0, 55, 66.8f};
  const std::vector<float> image = ridge_of(contour_with(pitch), 0, 5, config);
  for (int64_t bin = 0; bin < 60; ++bin)
    for (size_t t = 0; t < pitch.size(); ++t) {
      const double distance = 55 + static_cast<double>(bin) / 5 - pitch[t];
      const bool inside = pitch[t] > 0 && std::abs(distance) <= 1;
      const double expected = inside ? std::exp(-0.5 * distance * distance / 0.0625) : 0;
      // At the very end of the reach a bin may be in or out.
      EXPECT_NEAR(image[static_cast<size_t>(bin) * 5 + t], expected,
                  std::abs(std::abs(distance) - 1) < 1e-5 ? 4e-4 : 1e-6)
          << bin << ", " << t;
    }
  EXPECT_EQ(image[25 * 5], 1);
}

TEST(Ridge, CentredTheMeanPitchLiesInTheMiddleOfWhatIsDrawn) {
  const RidgeConfig config{.bins = 41, .bins_per_octave = 12, .width_semitones = 0.3};
  // Frames 1 to 4: the mean of 60, 60 and 66 is 62, the frame outside counts for nothing.
  const std::vector<float> image = ridge_of(contour_with({30, 60, 60, 0, 66}), 1, 4, config);
  const auto at = [&](int64_t bin, int64_t frame) { return image[static_cast<size_t>(bin * 4 + frame)]; };
  EXPECT_FLOAT_EQ(at(18, 0), 1);
  EXPECT_FLOAT_EQ(at(18, 1), 1);
  EXPECT_FLOAT_EQ(at(24, 3), 1);
  for (int64_t bin = 0; bin < 41; ++bin) EXPECT_EQ(at(bin, 2), 0);
  // Any key looks the same.
  const std::vector<float> higher = ridge_of(contour_with({30, 67, 67, 0, 73}), 1, 4, config);
  for (size_t i = 0; i < image.size(); ++i) EXPECT_NEAR(image[i], higher[i], 1e-6);
}

TEST(PropertyRidge, FromNotesItIsThatOfTheirContour) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<dsp::Note> tune = random_tune(seed, 40);
    for (const double hop_s : {0.01, 0.1, 0.0116}) {
      const dsp::Contour contour = dsp::contour_of(tune, hop_s);
      for (const int64_t first : {int64_t{-30}, int64_t{0}, contour.frames() / 2, contour.frames() - 20}) {
        for (const bool centred : {false, true}) {
          const RidgeConfig config{.bins = 100, .centred = centred};
          std::vector<float> image(100 * 64, -1);
          draw_ridge(tune, hop_s, first, 64, config, image);
          ASSERT_EQ(image, ridge_of(contour, first, 64, config)) << seed << ", " << hop_s << ", " << first;
        }
      }
    }
  }
}

TEST(Ridge, WhatLiesBeyondTheImageIsCutOff) {
  const RidgeConfig config{.bins = 24, .bins_per_octave = 12, .fmin_midi = 60, .centred = false};
  for (const float value : ridge_of(contour_with({40, 90, 58.9f, 84.1f}), 0, 4, config)) EXPECT_EQ(value, 0);
  EXPECT_GT(ridge_of(contour_with({59.8f}), 0, 1, config)[0], 0.7f);
  for (const float value : ridge_of(contour_with({0, 0}), 0, 2, {.bins = 24})) EXPECT_EQ(value, 0);
}

TEST(Ridge, WrongSizesAndHopsAreRefused) {
  const std::vector<dsp::Note> tune = random_tune(1, 5);
  std::vector<float> image(180 * 10);
  EXPECT_THROW(draw_ridge(tune, 0.01, 0, 11, {}, image), ShapeError);
  EXPECT_THROW(draw_ridge(tune, 0, 0, 10, {}, image), ConfigError);
  EXPECT_NO_THROW(draw_ridge(tune, 0.01, 0, 10, {}, image));
  EXPECT_THROW(configs::parse_config<RidgeConfig>("{width_semitones: 0}", "r.yaml"), ConfigError);
  EXPECT_EQ(configs::parse_config<RidgeConfig>("{bins: 80, centred: false}", "r.yaml").bins, 80);
}

}  // namespace
}  // namespace melomine::melody
