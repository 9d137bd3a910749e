#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "models/contour_cnn.h"
#include "models/contour_input.h"
#include "models/contour_layers.h"
#include "models/melody_dnn.h"
#include "tests/models/made_contours.h"

namespace melomine::models {
namespace {

using testing::contours;

std::vector<std::shared_ptr<Encoder>> encoders(uint64_t seed) {
  const EncoderShape shape{1, 24};
  return {std::make_shared<ContourCnn>(ContourCnnConfig{.width = 4}, shape, seed),
          std::make_shared<MelodyDnn>(MelodyDnnConfig{.width = 4, .blocks = 3}, shape, seed),
          std::make_shared<MelodyDnn>(
              MelodyDnnConfig{.width = 4, .blocks = 3, .summary = Summary::kAttention}, shape, seed),
          std::make_shared<MelodyDnn>(MelodyDnnConfig{.width = 4, .blocks = 3, .summary = Summary::kMean},
                                      shape, seed)};
}

TEST(ContourInput, IsPitchItsDifferenceWithinNotesAndVoicing) {
  const auto x = torch::tensor({1.0f, 3.0f, 0.0f, 2.0f, 2.5f, /*voicing*/ 1.0f, 1.0f, 0.0f, 1.0f, 1.0f})
                     .view({1, 1, 2, 5});
  const auto y = contour_input("net", x, 2);
  ASSERT_EQ(y.sizes(), (std::vector<int64_t>{1, 3, 5}));
  EXPECT_TRUE(torch::equal(y[0][0], x[0][0][0]));
  EXPECT_TRUE(torch::equal(y[0][1], torch::tensor({0.0f, 2.0f, 0.0f, 0.0f, 0.5f}))) << "none beside a rest";
  EXPECT_TRUE(torch::equal(y[0][2], x[0][0][1]));
}

TEST(ContourInput, BeginningsAreVoicedFramesToo) {
  const auto x = torch::tensor({1.0f, 3.0f, 4.0f, /*voicing*/ 2.0f, 1.0f, 2.0f}).view({1, 1, 2, 3});
  const auto y = contour_input("net", x, 2);
  EXPECT_TRUE(torch::equal(y[0][1], torch::tensor({0.0f, 2.0f, 1.0f})));
  EXPECT_TRUE(torch::equal(y[0][2], torch::tensor({2.0f, 1.0f, 2.0f})));
}

TEST(ContourInput, AnotherShapeIsNamedWithTheRemedy) {
  for (const auto& x : {torch::zeros({2, 1, 84, 94}), torch::zeros({2, 1, 2, 3}), torch::zeros({2, 2, 9})}) {
    try {
      contour_input("contour_cnn", x, 4);
      FAIL() << x.sizes();
    } catch (const ShapeError& e) {
      EXPECT_NE(std::string(e.what()).find("front_end: {type: contour}"), std::string::npos) << e.what();
    }
  }
}

TEST(ContourEncoders, GiveUnitRowsThatDoNotDependOnTheBatch) {
  for (const auto& encoder : encoders(3)) {
    encoder->eval();
    for (const int64_t frames : {28, 33}) {
      const auto x = contours(5, frames, 1);
      const auto z = encoder->forward(x);
      ASSERT_EQ(z.sizes(), (std::vector<int64_t>{5, 24}));
      EXPECT_TRUE(torch::allclose(z.norm(2, {1}), torch::ones({5})));
      EXPECT_TRUE(torch::allclose(z.slice(0, 2, 3), encoder->forward(x.slice(0, 2, 3)), 1e-4, 1e-5));
    }
  }
}

TEST(ContourEncoders, AreDrawnFromTheSeedAlone) {
  torch::manual_seed(7);
  const auto a = encoders(3);
  const auto next = torch::rand({1});
  torch::manual_seed(7);
  EXPECT_TRUE(torch::equal(torch::rand({1}), next)) << "libtorch's own generator is left alone";
  const auto b = encoders(3), c = encoders(4);
  for (size_t i = 0; i < a.size(); ++i) {
    const auto of_a = a[i]->parameters(), of_b = b[i]->parameters(), of_c = c[i]->parameters();
    bool same_as_c = true;
    for (size_t p = 0; p < of_a.size(); ++p) {
      EXPECT_TRUE(torch::equal(of_a[p], of_b[p]));
      same_as_c = same_as_c && torch::equal(of_a[p], of_c[p]);
    }
    EXPECT_FALSE(same_as_c);
  }
}

TEST(ContourEncoders, EveryWeightLearns) {
  for (const auto& encoder : encoders(3)) {
    encoder->train();
    const auto target = contours(6, 24, 9).flatten(1).slice(1, 0, 24);
    (encoder->forward(contours(6, 32, 2)) * target).sum().backward();
    for (const auto& item : encoder->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
      // A constant added to all scores of a softmax changes nothing; there is no such bias here.
      EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0) << item.key();
    }
  }
}

TEST(ContourEncoders, TheOrderOfNotesMatters) {
  // The same frames the other way round: a mean over all of them would not tell.
  for (const auto& encoder : encoders(3)) {
    encoder->eval();
    const auto x = contours(4, 32, 5);
    EXPECT_GT((encoder->forward(x) - encoder->forward(x.flip({3}))).norm().item<double>(), 0.1);
  }
}

TEST(GatedRecurrence, IsTheFormulaOfTorchNnGru) {
  GatedRecurrence gru(3, 5, RandomStream({1}));
  auto reference = torch::nn::GRU(torch::nn::GRUOptions(3, 5).batch_first(true));
  const torch::NoGradGuard no_gradient;
  for (const auto& item : gru.named_parameters())
    reference->named_parameters()[item.key()].copy_(item.value());
  const auto x = torch::randn({2, 3, 7});
  const auto last = std::get<1>(reference->forward(x.transpose(1, 2))).squeeze(0);
  EXPECT_TRUE(torch::allclose(gru.forward(x), last, 1e-5, 1e-6));
}

}  // namespace
}  // namespace melomine::models
