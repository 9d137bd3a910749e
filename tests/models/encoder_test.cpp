#include "models/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/error.h"
#include "models/checkpoint.h"
#include "models/layers.h"
#include "models/resnet.h"
#include "tests/models/windows.h"

namespace melomine::models {
namespace {

using ::testing::HasSubstr;

EncoderConfig small(Stem stem = Stem::kImagenet) {
  return {.network = {"resnet18", ResNetConfig{.width = 8, .stem = stem}}, .shape = {.embedding_dim = 16}};
}

TEST(ResNet18, VanillaHasTheKnownNumberOfParameters) {
  // torchvision's resnet18 has 11,176,512 without its classifier; one input channel takes off 2·64·49, and
  // the map to 128 adds 512·128 + 128.
  const auto encoder = make_encoder({}, 0);
  EXPECT_EQ(parameter_count(*encoder), 11'176'512 - 2 * 64 * 49 + 512 * 128 + 128);
  EXPECT_EQ(encoder->embedding_dim(), 128);
  const auto state = module_state(*encoder);
  for (const char* name :
       {"conv1.weight", "bn1.running_var", "layer1.1.bn2.bias", "layer2.0.downsample.0.weight",
        "layer4.0.downsample.1.num_batches_tracked", "fc.weight"})
    EXPECT_TRUE(state.count(name)) << name;
  EXPECT_FALSE(state.count("layer1.0.downsample.0.weight"));
}

TEST(ResNet18, FingerprintsHaveUnitNormWhateverTheWindow) {
  for (const Stem stem : {Stem::kImagenet, Stem::kSmall}) {
    const auto encoder = make_encoder(small(stem), 1);
    for (const auto& shape :
         std::vector<std::vector<int64_t>>{{4, 1, 84, 94}, {2, 1, 180, 75}, {3, 1, 9, 5}}) {
      const auto z = encoder->forward(windows(shape));
      EXPECT_EQ(z.sizes(), (std::vector<int64_t>{shape[0], 16}));
      EXPECT_LT((z.norm(2, 1) - 1).abs().max().item<double>(), 1e-6);
    }
  }
}

TEST(ResNet18, SilenceIsFinite) {
  const auto encoder = make_encoder(small(), 1);
  auto x = torch::zeros({4, 1, 84, 94});
  auto z = encoder->forward(x);
  EXPECT_TRUE(torch::isfinite(z).all().item<bool>());
  z.sum().backward();
  for (const auto& parameter : encoder->parameters())
    EXPECT_TRUE(torch::isfinite(parameter.grad()).all().item<bool>());
}

TEST(ResNet18, SmallStemKeepsTheImage) {
  const auto stem_outputs = [](Stem stem) {
    return module_state(*make_encoder(small(stem), 1)).at("conv1.weight").sizes().vec();
  };
  EXPECT_EQ(stem_outputs(Stem::kImagenet), (std::vector<int64_t>{8, 1, 7, 7}));
  EXPECT_EQ(stem_outputs(Stem::kSmall), (std::vector<int64_t>{8, 1, 3, 3}));
}

TEST(ResNet18, WeightsComeFromTheSeedAlone) {
  torch::manual_seed(77);
  const auto before = torch::rand({3});
  torch::manual_seed(77);
  const auto a = module_state(*make_encoder(small(), 42));
  const auto after = torch::rand({3});
  EXPECT_TRUE(torch::equal(before, after)) << "building a network moved libtorch's generator";
  const auto b = module_state(*make_encoder(small(), 42)), c = module_state(*make_encoder(small(), 43));
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
  EXPECT_FALSE(torch::equal(a.at("layer3.1.conv2.weight"), c.at("layer3.1.conv2.weight")));
  EXPECT_FALSE(torch::equal(a.at("layer3.1.conv2.weight"), a.at("layer3.1.conv1.weight")));
}

TEST(ResNet18, ConvolutionsStartHeNormal) {
  const auto weight =
      module_state(*make_encoder({.network = {"resnet18", ResNetConfig{.width = 32}}, .shape = {}}, 0))
          .at("layer3.1.conv2.weight");
  const double sd = std::sqrt(2.0 / (128 * 9));
  EXPECT_NEAR(weight.std().item<double>() / sd, 1, 0.01);
  EXPECT_NEAR(weight.mean().item<double>() / sd, 0, 0.01);
}

TEST(ResNet18, EvaluationEmbedsEachWindowByItself) {
  const auto encoder = make_encoder(small(), 1);
  encoder->eval();
  torch::NoGradGuard no_grad;
  const auto x = windows({5, 1, 84, 40});
  const auto alone = encoder->forward(x.slice(0, 2, 3)), together = encoder->forward(x);
  EXPECT_LT((alone[0] - together[2]).abs().max().item<double>(), 1e-5);
}

/// The same network written once more with torch.nn's own modules, as torchvision arranges them.
torch::Tensor reference_forward(const TensorMap& w, torch::Tensor x) {
  const auto bn = [&](const torch::Tensor& y, const std::string& name) {
    return torch::batch_norm(y, w.at(name + ".weight"), w.at(name + ".bias"), w.at(name + ".running_mean"),
                             w.at(name + ".running_var"), /*training=*/false, 0.1, 1e-5, false);
  };
  auto y =
      torch::max_pool2d(torch::relu(bn(torch::conv2d(x, w.at("conv1.weight"), {}, 2, 3), "bn1")), 3, 2, 1);
  for (int stage = 1; stage <= 4; ++stage)
    for (int block = 0; block < 2; ++block) {
      const std::string at = "layer" + std::to_string(stage) + "." + std::to_string(block) + ".";
      const int64_t stride = stage > 1 && block == 0 ? 2 : 1;
      auto branch = torch::relu(bn(torch::conv2d(y, w.at(at + "conv1.weight"), {}, stride, 1), at + "bn1"));
      branch = bn(torch::conv2d(branch, w.at(at + "conv2.weight"), {}, 1, 1), at + "bn2");
      if (w.count(at + "downsample.0.weight"))
        y = bn(torch::conv2d(y, w.at(at + "downsample.0.weight"), {}, stride), at + "downsample.1");
      y = torch::relu(branch + y);
    }
  y = torch::linear(torch::adaptive_avg_pool2d(y, {1, 1}).flatten(1), w.at("fc.weight"), w.at("fc.bias"));
  return torch::nn::functional::normalize(y);
}

TEST(ResNet18, IsTorchvisionsArrangement) {
  const auto encoder = make_encoder({.network = {"resnet18", ResNetConfig{.width = 8}},
                                     .shape = {.input_channels = 2, .embedding_dim = 16}},
                                    3);
  for (auto& buffer : encoder->buffers())
    if (buffer.is_floating_point()) buffer.uniform_(0.5, 1.5);
  encoder->to(torch::kFloat64);
  encoder->eval();
  torch::NoGradGuard no_grad;
  const auto x = windows({3, 2, 84, 94}).to(torch::kFloat64);
  const auto difference = encoder->forward(x) - reference_forward(module_state(*encoder), x);
  EXPECT_LT(difference.abs().max().item<double>(), 1e-12);
}

TEST(ResNet18, RefusesOtherShapes) {
  const auto encoder = make_encoder(small(), 1);
  EXPECT_THROW(encoder->forward(windows({4, 84, 94})), ShapeError);
  EXPECT_THROW(encoder->forward(windows({4, 2, 84, 94})), ShapeError);
  EXPECT_THROW(encoder->forward(windows({0, 1, 84, 94})), ShapeError);
}

TEST(Encoder, UnknownNamesAreRefusedWithTheKnown) {
  const auto message = [](const char* yaml) -> std::string {
    try {
      configs::parse_config<EncoderConfig>(yaml, "encoder.yaml");
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("type: resnet81\n"), HasSubstr("resnet18"));
  EXPECT_THAT(message("stem: large\n"), HasSubstr("imagenet, small"));
  EXPECT_THAT(message("width: 0\n"), HasSubstr("encoder.yaml:1: width"));
  EXPECT_EQ(message("width: 16\nstem: small\nembedding_dim: 64\n"), "accepted");
  EXPECT_THROW(make_encoder({.network = {"resnet18", ResNetConfig{.width = 0}}, .shape = {}}, 0),
               ConfigError);
}

TEST(UnitRows, ZeroStaysZeroWithAFiniteGradient) {
  auto x = torch::zeros({2, 3}).requires_grad_();
  auto y = unit_rows(x);
  EXPECT_EQ(y.abs().max().item<double>(), 0);
  y.sum().backward();
  EXPECT_TRUE(torch::isfinite(x.grad()).all().item<bool>());
}

}  // namespace
}  // namespace melomine::models
