#include "models/ridge_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "dsp/contour.h"
#include "melody/ridge.h"
#include "models/torch_compat.h"

namespace melomine::models {
namespace {

constexpr int64_t kFrames = 28;
constexpr double kOrigin_midi = 61.7, kScale_semitones = 5.52;

/// Pitch and voicing of one window [1, 1, 2, L].
torch::Tensor window(const std::vector<float>& pitch, const std::vector<float>& voicing) {
  const auto frames = static_cast<int64_t>(pitch.size());
  return torch::stack({torch::tensor(pitch), torch::tensor(voicing)}).view({1, 1, 2, frames});
}

/// Wandering pitches, some of them far outside of any image, rests, and marks where notes begin.
dsp::Contour random_contour(uint64_t seed) {
  RandomStream random({seed, stream_id("ridge_input_test")});
  dsp::Contour contour;
  double pitch = kOrigin_midi;
  for (int64_t t = 0; t < kFrames; ++t) {
    pitch += random.normal() * (random.chance(0.1) ? 20 : 0.7);
    const bool voiced = random.chance(0.8);
    contour.pitch_midi.push_back(voiced ? static_cast<float>(std::clamp(pitch, 5.0, 120.0)) : 0);
    contour.voiced.push_back(voiced ? 1 : 0);
    contour.begins.push_back(voiced && random.chance(0.2) ? 1 : 0);
  }
  return contour;
}

/// Contours as an encoder sees them, [count, 1, 2, L].
torch::Tensor seen(const std::vector<dsp::Contour>& contours) {
  const dsp::ContourView view{.rests = dsp::Rests::kKeep,
                              .origin = dsp::PitchOrigin::kFixed,
                              .origin_midi = kOrigin_midi,
                              .scale_semitones = kScale_semitones,
                              .beginnings = true};
  auto x = torch::empty({static_cast<int64_t>(contours.size()), 1, 2, kFrames});
  for (size_t i = 0; i < contours.size(); ++i)
    dsp::draw_contour(contours[i], 0, kFrames, view,
                      {x[static_cast<int64_t>(i)].data_ptr<float>(), 2 * kFrames});
  return x;
}

/// What melody::draw_ridge is told to draw the same picture.
melody::RidgeConfig on_processor(const RidgeImage& image) {
  const double bin_semitones = image.span * kScale_semitones / static_cast<double>(image.bins);
  return {.bins = image.bins,
          .bins_per_octave = 12 / bin_semitones,
          .fmin_midi = kOrigin_midi - 0.5 * static_cast<double>(image.bins - 1) * bin_semitones,
          .width_semitones = image.width * kScale_semitones,
          .centred = false};
}

TEST(PropertyRidgeInput, IsThePictureThatTheProcessorDraws) {
  std::vector<dsp::Contour> contours;
  for (uint64_t seed = 0; seed < 40; ++seed) contours.push_back(random_contour(seed));
  const auto x = seen(contours);
  ASSERT_EQ(x.max().item<float>() >= 2, true);
  for (const RidgeImage& image : std::vector<RidgeImage>{{}, {180, 6.52, 0.0453}, {37, 3, 0.2}, {1, 4, 2}}) {
    const auto drawn = ridge_input("net", x, image);
    ASSERT_EQ(drawn.sizes(), (std::vector<int64_t>{40, 1, image.bins, kFrames}));
    const melody::RidgeConfig config = on_processor(image);
    std::vector<float> expected(static_cast<size_t>(image.bins * kFrames));
    int64_t shown = 0;
    for (size_t i = 0; i < contours.size(); ++i) {
      melody::draw_ridge(contours[i], 0, kFrames, config, expected);
      const auto found = drawn[static_cast<int64_t>(i)][0].contiguous();
      for (int64_t place = 0; place < image.bins * kFrames; ++place) {
        const float want = expected[static_cast<size_t>(place)], got = found.data_ptr<float>()[place];
        shown += want > 0 ? 1 : 0;
        // At the very end of the reach, where a ridge is exp(-8), a bin may be in or out.
        const bool at_the_end = std::abs(std::max(want, got) - std::exp(-8.0f)) < 1e-7;
        ASSERT_NEAR(got, want, at_the_end ? 4e-4 : 1e-5) << "contour " << i << ", place " << place;
      }
    }
    EXPECT_GT(shown, 500);
  }
}

TEST(RidgeInput, IsAGaussianAboutThePitch) {
  const RidgeImage image{.bins = 9, .span = 9, .width = 0.5};  // bin i lies at i - 4
  const auto drawn = ridge_input("net", window({0, 1.25f, -4, 30, 2}, {1, 2, 1, 1, 0}), image);
  ASSERT_EQ(drawn.sizes(), (std::vector<int64_t>{1, 1, 9, 5}));
  const auto at = [&](int64_t bin, int64_t frame) { return drawn[0][0][bin][frame].item<float>(); };
  const auto gaussian = [](double distance) { return std::exp(-distance * distance / 0.5); };
  EXPECT_EQ(at(4, 0), 1) << "the origin lies in the middle bin";
  EXPECT_NEAR(at(5, 0), gaussian(1), 1e-6);
  EXPECT_EQ(at(7, 0), 0) << "beyond 4 widths";
  EXPECT_NEAR(at(5, 1), gaussian(0.25), 1e-6) << "a note that begins is sung";
  EXPECT_NEAR(at(6, 1), gaussian(0.75), 1e-6);
  EXPECT_EQ(at(0, 2), 1);
  EXPECT_EQ(drawn[0][0].select(1, 3).abs().sum().item<float>(), 0) << "above the image";
  EXPECT_EQ(drawn[0][0].select(1, 4).abs().sum().item<float>(), 0) << "a rest, whatever its pitch";
}

TEST(RidgeInput, OfAnEvenNumberOfBinsTheOriginLiesBetweenTheMiddleTwo) {
  const auto drawn = ridge_input("net", window({0}, {1}), {});
  const auto column = drawn[0][0].select(1, 0);
  EXPECT_FLOAT_EQ(column[44].item<float>(), column[45].item<float>());
  EXPECT_EQ(column.max().item<float>(), column[44].item<float>());
  EXPECT_NEAR(column.max().item<float>(), std::exp(-0.125), 2e-3) << "half a bin, so half a width, away";
  EXPECT_TRUE(torch::allclose(column, column.flip({0}), 0, 1e-6));
}

TEST(RidgeInput, AnotherShapeIsNamedWithTheRemedy) {
  for (const auto& x : {torch::zeros({2, 1, 84, 94}), torch::zeros({2, 1, 2, 0}), torch::zeros({2, 2, 9}),
                        torch::zeros({0, 1, 2, 9}), torch::zeros({2, 2, 2, 9})}) {
    try {
      ridge_input("ridge_resnet18", x, {});
      FAIL() << x.sizes();
    } catch (const ShapeError& e) {
      EXPECT_NE(std::string(e.what()).find("[ridge_resnet18] takes contours"), std::string::npos);
      EXPECT_NE(std::string(e.what()).find("front_end: {type: contour}"), std::string::npos) << e.what();
    }
  }
}

TEST(RidgeInput, StaysInSinglePrecisionUnderAutocastAndTakesNoGradient) {
  auto x = seen({random_contour(1), random_contour(2)});
  const auto before = x.clone();
  const auto plain = ridge_input("net", x, {});
  EXPECT_TRUE(torch::equal(x, before)) << "the contours are left alone";
  EXPECT_TRUE(torch::equal(ridge_input("net", x, {}), plain)) << "equal bytes twice";
  EXPECT_TRUE(torch::equal(ridge_input("net", x.slice(0, 1), {}), plain.slice(0, 1)));
  EXPECT_FALSE(ridge_input("net", x.clone().requires_grad_(), {}).requires_grad());
  const AutocastGuard autocast(torch::kCPU, true);
  const auto cast = ridge_input("net", x, {});
  EXPECT_EQ(cast.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(torch::equal(cast, plain));
}

}  // namespace
}  // namespace melomine::models
