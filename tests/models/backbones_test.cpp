#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "configs/config.h"
#include "core/error.h"
#include "models/alexnet.h"
#include "models/checkpoint.h"
#include "models/ir_resnet.h"
#include "models/mobilenet_v2.h"
#include "models/resnet.h"
#include "models/torch_compat.h"
#include "models/vgg.h"
#include "tests/models/windows.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

constexpr int64_t kDim = 12;

/// Each of Hum2Song's networks, small.
std::vector<EncoderConfig> backbones() {
  const EncoderShape shape{.embedding_dim = kDim};
  return {{.network = {"resnet34", ResNetConfig{.width = 2}}, .shape = shape},
          {.network = {"ir_resnet", IrResNetConfig{.width = 2}}, .shape = shape},
          {.network = {"ir_resnet", IrResNetConfig{.layers = 34, .width = 2, .squeeze_excitation = true}},
           .shape = shape},
          {.network = {"vgg", VggConfig{.layers = 13, .width = 2, .hidden = 24}}, .shape = shape},
          {.network = {"alexnet", AlexNetConfig{.width = 2, .hidden = 24}}, .shape = shape},
          {.network = {"mobilenet_v2", MobileNetV2Config{.width_multiplier = 0.1}}, .shape = shape}};
}

int64_t convolution(int64_t in, int64_t out, int64_t kernel) {
  return in * out * kernel * kernel;
}
int64_t norm(int64_t channels) {
  return 2 * channels;
}
int64_t affine(int64_t in, int64_t out) {
  return in * out + out;
}

int64_t vgg_parameters(std::vector<int64_t> stages, int64_t in, int64_t width, int64_t hidden, int64_t out) {
  const std::vector<int64_t> widths = {width, 2 * width, 4 * width, 8 * width, 8 * width};
  int64_t count = 0;
  for (size_t s = 0; s < stages.size(); ++s)
    for (int64_t i = 0; i < stages[s]; ++i) {
      count += convolution(in, widths[s], 3) + widths[s] + norm(widths[s]);
      in = widths[s];
    }
  return count + affine(in * 7 * 7, hidden) + affine(hidden, hidden) + affine(hidden, out);
}

int64_t alexnet_parameters(int64_t in, int64_t w, int64_t hidden, int64_t out) {
  return convolution(in, w, 11) + w + convolution(w, 3 * w, 5) + 3 * w + convolution(3 * w, 6 * w, 3) +
         6 * w + convolution(6 * w, 4 * w, 3) + 4 * w + convolution(4 * w, 4 * w, 3) + 4 * w +
         affine(4 * w * 6 * 6, hidden) + affine(hidden, hidden) + affine(hidden, out);
}

/// Hum2Song's public ResNetFace without squeeze and excitation, on 80 × 630 images.
int64_t ir_parameters(const std::vector<int64_t>& blocks, int64_t w, int64_t out) {
  const std::vector<int64_t> widths = {2 * w, 4 * w, 8 * w, 2 * w};
  int64_t in = w, count = convolution(1, w, 3) + norm(w) + 1;
  for (size_t s = 0; s < blocks.size(); ++s)
    for (int64_t i = 0; i < blocks[s]; ++i) {
      const int64_t c = widths[s];
      count += norm(in) + convolution(in, in, 3) + norm(in) + 1 + convolution(in, c, 3) + norm(c);
      if (in != c) count += convolution(in, c, 1) + norm(c);
      in = c;
    }
  return count + norm(in) + affine(in * 5 * 19, out) + norm(out);
}

TEST(Backbones, HaveThePublishedNumbersOfParameters) {
  // torchvision's resnet34, without its classifier of 513,000.
  EXPECT_EQ(
      parameter_count(*make_encoder({.network = configs::Choice<EncoderKind>("resnet34"), .shape = {}}, 0)),
      21'797'672 - 513'000 - 2 * 64 * 49 + affine(512, 128));
  // torchvision's mobilenet_v2, without its classifier of 1,281,000.
  EXPECT_EQ(parameter_count(
                *make_encoder({.network = configs::Choice<EncoderKind>("mobilenet_v2"), .shape = {}}, 0)),
            3'504'872 - 1'281'000 - 2 * 32 * 9 + affine(1280, 128));
  // torchvision's, with classifiers of 1000 classes on three channels; ours are counted by the same sums.
  EXPECT_EQ(vgg_parameters({1, 1, 2, 2, 2}, 3, 64, 4096, 1000), 132'868'840);
  EXPECT_EQ(vgg_parameters({2, 2, 2, 2, 2}, 3, 64, 4096, 1000), 133'053'736);
  EXPECT_EQ(vgg_parameters({2, 2, 3, 3, 3}, 3, 64, 4096, 1000), 138'365'992);
  EXPECT_EQ(alexnet_parameters(3, 64, 4096, 1000), 61'100'840);
  const std::map<int64_t, std::vector<int64_t>> stages = {
      {11, {1, 1, 2, 2, 2}}, {13, {2, 2, 2, 2, 2}}, {16, {2, 2, 3, 3, 3}}};
  for (const auto& [layers, convolutions] : stages) {
    const Vgg vgg({.layers = layers, .width = 4, .hidden = 32}, {.embedding_dim = kDim}, 0);
    EXPECT_EQ(parameter_count(vgg), vgg_parameters(convolutions, 1, 4, 32, kDim)) << layers;
  }
  EXPECT_EQ(parameter_count(AlexNet({.width = 4, .hidden = 32}, {.embedding_dim = kDim}, 0)),
            alexnet_parameters(1, 4, 32, kDim));
  EXPECT_EQ(parameter_count(IrResNet({.width = 4}, {.embedding_dim = kDim}, 0)),
            ir_parameters({2, 3, 4, 3}, 4, kDim));
  EXPECT_EQ(parameter_count(IrResNet({.layers = 34, .width = 4}, {.embedding_dim = kDim}, 0)),
            ir_parameters({3, 4, 6, 3}, 4, kDim));
}

TEST(Backbones, FingerprintsHaveUnitNormWhateverTheWindow) {
  for (const EncoderConfig& config : backbones()) {
    const auto encoder = make_encoder(config, 1);
    for (const std::vector<int64_t>& shape :
         std::vector<std::vector<int64_t>>{{3, 1, 80, 63}, {2, 1, 180, 75}, {2, 1, 9, 8}, {1, 1, 36, 20}}) {
      if (shape[0] == 1 && config.network.type() == "resnet34") continue;  // batch norm over 1 place
      encoder->train(shape[0] > 2);
      const auto z = encoder->forward(windows(shape));
      EXPECT_EQ(z.sizes(), (std::vector<int64_t>{shape[0], kDim})) << config.network.type();
      EXPECT_LT((z.norm(2, 1) - 1).abs().max().item<double>(), 1e-6) << config.network.type();
    }
    EXPECT_THROW(encoder->forward(windows({4, 84, 94})), ShapeError);
    EXPECT_THROW(encoder->forward(windows({4, 2, 84, 94})), ShapeError);
    EXPECT_THROW(encoder->forward(windows({0, 1, 84, 94})), ShapeError);
  }
  EXPECT_THROW(AlexNet({}, {}, 0).forward(windows({1, 1, 6, 80})), ShapeError);
}

TEST(Backbones, AGradientReachesEveryParameter) {
  for (const EncoderConfig& config : backbones()) {
    const auto encoder = make_encoder(config, 1);
    seed_torch(1);
    const auto z = encoder->forward(windows({6, 1, 80, 63}));
    (z * windows(z.sizes().vec())).sum().backward();
    for (const auto& parameter : encoder->named_parameters()) {
      ASSERT_TRUE(parameter.value().grad().defined()) << config.network.type() << " " << parameter.key();
      EXPECT_TRUE(torch::isfinite(parameter.value().grad()).all().item<bool>()) << parameter.key();
      // Batch norm takes a bias before it out again; the one channel between squeeze and excitation may be
      // nowhere negative.
      if (config.network.type() == "vgg" && parameter.key().ends_with("bias")) continue;
      if (parameter.key().ends_with("se.fc.1.weight")) continue;
      EXPECT_GT(parameter.value().grad().abs().sum().item<double>(), 0)
          << config.network.type() << " " << parameter.key();
    }
  }
}

TEST(Backbones, WeightsComeFromTheSeedAlone) {
  for (const EncoderConfig& config : backbones()) {
    torch::manual_seed(77);
    const auto before = torch::rand({3});
    torch::manual_seed(77);
    const auto a = module_state(*make_encoder(config, 42));
    EXPECT_TRUE(torch::equal(before, torch::rand({3}))) << config.network.type() << " moved the generator";
    const auto b = module_state(*make_encoder(config, 42)), c = module_state(*make_encoder(config, 43));
    for (const auto& [name, tensor] : a) {
      EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
      if (tensor.dim() > 1) {
        EXPECT_FALSE(torch::equal(tensor, c.at(name))) << name;
      }
    }
  }
}

TEST(Backbones, ACheckpointGivesTheSameFingerprintsBack) {
  const testing::TempFolder folder;
  for (const EncoderConfig& config : backbones()) {
    const auto trained = make_encoder(config, 1), other = make_encoder(config, 2);
    trained->forward(windows({6, 1, 80, 63}));  // moves running statistics
    save_checkpoint(folder / "x", {module_state(*trained), {}});
    load_module_state(*other, load_checkpoint(folder / "x").tensors, "x");
    trained->eval();
    other->eval();
    const auto x = windows({3, 1, 80, 63});
    const auto z = trained->forward(x);
    EXPECT_TRUE(torch::equal(z, other->forward(x))) << config.network.type();
    // In evaluation each window is by itself.
    EXPECT_LT((trained->forward(x.slice(0, 1, 2))[0] - z[1]).abs().max().item<double>(), 1e-5);
  }
}

TEST(Backbones, DropoutDrawsFromLibtorchsGeneratorInTrainingAlone) {
  for (const EncoderConfig& config : backbones()) {
    if (config.network.type() == "resnet34") continue;
    const auto encoder = make_encoder(config, 1);
    const auto x = windows({4, 1, 80, 63});
    const auto drawn = [&](uint64_t seed) {
      seed_torch(seed);
      return encoder->forward(x);
    };
    const auto first = drawn(1);
    EXPECT_TRUE(torch::equal(first, drawn(1))) << config.network.type();
    EXPECT_FALSE(torch::equal(first, drawn(2))) << config.network.type();
    encoder->eval();
    EXPECT_TRUE(torch::equal(drawn(1), drawn(2))) << config.network.type();
  }
}

TEST(IrResNet, TakesASingleWindowInTrainingByItsRunningStatistics) {
  IrResNet encoder({.width = 2, .dropout = 0}, {.embedding_dim = kDim}, 1);
  const auto before = module_state(encoder).at("bn5.running_mean").clone();
  EXPECT_NEAR(encoder.forward(windows({1, 1, 80, 63})).norm().item<double>(), 1, 1e-6);
  EXPECT_TRUE(torch::equal(before, module_state(encoder).at("bn5.running_mean")));
}

TEST(Backbones, SettingsOutOfRangeAreRefused) {
  EXPECT_THROW(configs::parse_config<EncoderConfig>("type: vgg\nlayers: 12\n", "e.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<EncoderConfig>("type: ir_resnet\nlayers: 20\n", "e.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<EncoderConfig>("type: alexnet\ndropout: 1\n", "e.yaml"), ConfigError);
  EXPECT_THROW(Vgg({.layers = 12}, {}, 0), ConfigError);
  EXPECT_THROW(IrResNet({.layers = 50}, {}, 0), ConfigError);
  EXPECT_THROW(AlexNet({.hidden = 0}, {}, 0), ConfigError);
  EXPECT_THROW(MobileNetV2({.width_multiplier = 0}, {}, 0), ConfigError);
}

}  // namespace
}  // namespace melomine::models
