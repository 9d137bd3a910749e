#include "models/ridge_resnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/config.h"
#include "core/error.h"
#include "models/checkpoint.h"
#include "models/torch_compat.h"
#include "tests/models/made_contours.h"

namespace melomine::models {
namespace {

using ::testing::HasSubstr;

/// Contours with rests and beginnings of notes.
torch::Tensor contours(int64_t count, int64_t frames, uint64_t seed) {
  return testing::contours(count, frames, seed, 0.2);
}

RidgeResNet18 small(uint64_t seed, Stem stem = Stem::kSmall) {
  return {{.network = {.width = 4, .stem = stem}, .image = {.bins = 30, .width = 0.2}}, {1, 24}, seed};
}

TEST(RidgeResNet18, GivesUnitRowsThatDoNotDependOnTheBatch) {
  for (const Stem stem : {Stem::kSmall, Stem::kImagenet}) {
    auto encoder = small(3, stem);
    encoder.eval();
    EXPECT_EQ(encoder.embedding_dim(), 24);
    for (const int64_t frames : {1, 28, 33}) {
      const auto x = contours(5, frames, 1);
      const auto z = encoder.forward(x);
      ASSERT_EQ(z.sizes(), (std::vector<int64_t>{5, 24}));
      EXPECT_TRUE(torch::allclose(z.norm(2, {1}), torch::ones({5})));
      EXPECT_TRUE(torch::allclose(z.slice(0, 2, 3), encoder.forward(x.slice(0, 2, 3)), 1e-4, 1e-5));
      EXPECT_TRUE(torch::equal(z, encoder.forward(x))) << "equal bytes twice";
    }
  }
}

TEST(RidgeResNet18, IsAResNet18OverTheRidges) {
  auto encoder = small(3);
  ResNet18 resnet({.width = 4, .stem = Stem::kSmall}, {1, 24}, 3);
  encoder.eval();
  resnet.eval();
  const auto x = contours(4, 28, 2);
  const auto image = ridge_input("net", x, {.bins = 30, .width = 0.2});
  EXPECT_TRUE(torch::equal(encoder.forward(x), resnet.forward(image)));
  const auto own = module_state(encoder), inner = module_state(resnet);
  ASSERT_EQ(own.size(), inner.size());
  for (const auto& [name, tensor] : inner) EXPECT_TRUE(own.contains("resnet." + name)) << name;
}

TEST(RidgeResNet18, EveryWeightLearns) {
  auto encoder = small(3);
  encoder.train();
  const auto target = contours(6, 24, 9).flatten(1).slice(1, 0, 24);
  (encoder.forward(contours(6, 28, 2)) * target).sum().backward();
  for (const auto& item : encoder.named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0) << item.key();
  }
}

TEST(RidgeResNet18, TheOrderOfNotesMattersAndRestsDoNotSing) {
  auto encoder = small(5);
  encoder.eval();
  const auto x = contours(4, 28, 5);
  EXPECT_GT((encoder.forward(x) - encoder.forward(x.flip({3}))).norm().item<double>(), 0.1);
  // Rests that are held have a pitch; it is not drawn.
  const auto held = x.clone();
  held.select(2, 0).masked_fill_(held.select(2, 1) == 0, 1.5);
  EXPECT_TRUE(torch::equal(encoder.forward(held), encoder.forward(x)));
}

TEST(RidgeResNet18, IsTheSameUnderAutocastAndRefusesImages) {
  auto encoder = small(3);
  encoder.eval();
  const auto x = contours(3, 28, 1);
  const auto z = encoder.forward(x);
  const AutocastGuard autocast(torch::kCPU, true);
  const auto cast = encoder.forward(x);
  EXPECT_EQ(cast.scalar_type(), torch::kFloat32);
  EXPECT_GT((z * cast).sum(1).min().item<double>(), 0.99);
  EXPECT_THROW(encoder.forward(torch::zeros({3, 1, 90, 28})), ShapeError) << "images are drawn here";
}

TEST(RidgeResNet18, SettingsAreChecked) {
  const auto config =
      configs::parse_config<EncoderConfig>("{type: ridge_resnet18, width: 4, bins: 45}", "e.yaml");
  const auto& settings = config.network.settings<RidgeResNetConfig>();
  EXPECT_EQ(settings.image.bins, 45);
  EXPECT_EQ(settings.network.stem, Stem::kSmall);
  EXPECT_EQ(make_encoder(config, 1)->embedding_dim(), 128);
  const auto message = [](const std::string& keys) -> std::string {
    try {
      configs::parse_config<EncoderConfig>("{type: ridge_resnet18, " + keys + "}", "e.yaml");
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(message("bins: 0"), HasSubstr("bins"));
  EXPECT_THAT(message("span: 0"), HasSubstr("span"));
  EXPECT_THAT(message("ridge_width: -1"), HasSubstr("ridge_width"));
  EXPECT_THAT(message("ridge_width: 0.018"), HasSubstr("quarter of a bin"));
  EXPECT_EQ(message("ridge_width: 0.019"), "");
  EXPECT_THROW(RidgeResNet18({.network = {}, .image = {.bins = 10}}, {}, 0), ConfigError)
      << "a bin of 9 widths";
  EXPECT_THROW(RidgeResNet18({.network = {.width = 0}, .image = {}}, {}, 0), ConfigError);
}

}  // namespace
}  // namespace melomine::models
