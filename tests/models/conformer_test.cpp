#include "models/conformer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "models/checkpoint.h"
#include "models/torch_compat.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

using ::testing::HasSubstr;

torch::Tensor image(std::vector<int64_t> shape) {
  torch::manual_seed(5);
  return torch::rand(shape);
}

/// A small network with every part.
ConformerConfig tiny() {
  return {.bins = 24,
          .layers = 2,
          .d_model = 16,
          .feed_forward = 24,
          .heads = 2,
          .kernel = 5,
          .bins_per_octave = 2};
}

/// The published network, its four ablations and absolute positions, all tiny.
std::vector<ConformerConfig> variants() {
  std::vector<ConformerConfig> all(5, tiny());
  all[1].block = LayerType::kTransformer;
  all[2].harmonic_blocks = false;
  all[3].prelayer = false;
  all[4].attention = Positions::kAbsolute;
  all[4].block = LayerType::kTransformer;
  return all;
}

std::shared_ptr<Encoder> made_of(const ConformerConfig& config, uint64_t seed = 1, EncoderShape shape = {}) {
  return make_encoder({.network = {"conformer", config}, .shape = shape}, seed);
}

TEST(Conformer, FingerprintsHaveUnitNormWhateverTheWindow) {
  for (const ConformerConfig& config : variants())
    for (const int64_t frames : {1, 2, 31, 32, 33, 125}) {
      const auto z = made_of(config)->forward(image({3, 1, 24, frames}));
      EXPECT_EQ(z.sizes(), (std::vector<int64_t>{3, 128})) << frames;
      EXPECT_LT((z.norm(2, 1) - 1).abs().max().item<double>(), 1e-6) << frames;
    }
}

TEST(Conformer, BinsNeedNotBeAMultipleOfFour) {
  for (const int64_t bins : {1, 2, 7, 80, 84}) {
    ConformerConfig config = tiny();
    config.bins = bins;
    const auto z =
        made_of(config, 1, {.input_channels = 2, .embedding_dim = 8})->forward(image({2, 2, bins, 9}));
    EXPECT_EQ(z.sizes(), (std::vector<int64_t>{2, 8})) << bins;
  }
}

TEST(Conformer, PrelayerMakesAQuarterOfTheTimeRoundedUp) {
  ConvolutionalPrelayer prelayer({1, 10, 8}, RandomStream({1}));
  for (const int64_t frames : {1, 3, 4, 5, 8, 9})
    EXPECT_EQ(prelayer.forward(image({2, 1, 10, frames})).sizes(),
              (std::vector<int64_t>{2, (frames + 3) / 4, 8}));
}

/// Numbers of a network, counted by hand from its parts.
int64_t counted(const ConformerConfig& c, const EncoderShape& shape) {
  const int64_t d = c.d_model, ff = c.feed_forward, in = shape.input_channels;
  int64_t count =
      c.prelayer ? 9 * in * d + d + 9 * d * d + d + d * ((c.bins + 3) / 4) * d + d : in * c.bins * d + d;
  if (c.harmonic_blocks) {
    const int64_t octave = c.bins_per_octave;
    for (const int64_t half_octaves : {2 + 7 + 12, 2 + 5 + 8, 2 + 3 + 4})
      count += 9 * 3 + 9 * 9 + 4 * 3 + (3 * 9 + 3) + (3 * half_octaves * octave / 2 + 3);
    count += 9 * 3 + 3 + 3 * 9 + 9 + 9;
  }
  const int64_t ffn = d * ff + ff + ff * d + d;
  const int64_t attention = c.attention == Positions::kRelative ? 5 * d * d + 2 * d : 4 * d * d;
  const int64_t convolution = d * 2 * d + 2 * d + d * c.kernel + 2 * d + d * d + d;
  count += c.layers * (c.block == LayerType::kConformer ? 2 * ffn + attention + convolution + 5 * 2 * d
                                                        : ffn + attention + 2 * 2 * d);
  if (shape.embedding_dim != d) count += d * shape.embedding_dim + shape.embedding_dim;
  return count;
}

TEST(Conformer, HasTheParametersOfItsParts) {
  EXPECT_EQ(parameter_count(*made_of({})), 1'619'776);
  EXPECT_EQ(counted({}, {}), 1'619'776);
  for (const ConformerConfig& config : variants())
    for (const EncoderShape& shape :
         {EncoderShape{}, EncoderShape{.input_channels = 2, .embedding_dim = config.d_model}})
      EXPECT_EQ(parameter_count(*made_of(config, 1, shape)), counted(config, shape));
}

TEST(Conformer, ParametersAreNamedAfterTheirParts) {
  const auto state = module_state(*made_of({}));
  for (const char* name : {"prelayer.conv2.weight", "prelayer.linear.bias", "harmonic.full.frequency3.weight",
                           "harmonic.tiny.bn2.running_var", "harmonic.squeeze.weight",
                           "layers.0.ffn1.linear1.weight", "layers.3.attention.content_bias",
                           "layers.3.attention.position.weight", "layers.2.convolution.depthwise.weight",
                           "layers.2.convolution.batch_norm.running_mean", "layers.3.norm.bias"})
    EXPECT_TRUE(state.count(name)) << name;
  EXPECT_FALSE(state.count("fc.weight")) << "the mean over time is the fingerprint where D is d_model";
  EXPECT_EQ(state.at("prelayer.linear.weight").sizes(), (std::vector<int64_t>{128, 128 * 24}));
}

TEST(Conformer, EveryParameterHasAGradient) {
  for (const ConformerConfig& config : variants()) {
    const auto encoder = made_of(config);
    const auto z = encoder->forward(image({4, 1, 24, 37}));
    torch::manual_seed(6);
    (z * torch::randn(z.sizes())).sum().backward();
    for (const auto& parameter : encoder->named_parameters()) {
      ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
      EXPECT_TRUE(torch::isfinite(parameter.value().grad()).all().item<bool>()) << parameter.key();
      EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 1e-8) << parameter.key();
    }
  }
}

TEST(Conformer, SilenceIsFinite) {
  for (const ConformerConfig& config : variants()) {
    const auto encoder = made_of(config);
    const auto z = encoder->forward(torch::zeros({4, 1, 24, 40}));
    z.select(1, 3).sum().backward();
    EXPECT_TRUE(torch::isfinite(z).all().item<bool>());
    for (const auto& parameter : encoder->parameters())
      EXPECT_TRUE(torch::isfinite(parameter.grad()).all().item<bool>());
  }
}

TEST(Conformer, WeightsComeFromTheSeedAlone) {
  for (const ConformerConfig& config : variants()) {
    torch::manual_seed(77);
    const auto before = torch::rand({3});
    torch::manual_seed(77);
    const auto a = module_state(*made_of(config, 42));
    EXPECT_TRUE(torch::equal(before, torch::rand({3}))) << "building a network moved libtorch's generator";
    const auto b = module_state(*made_of(config, 42)), c = module_state(*made_of(config, 43));
    for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
    const std::string query = "layers.0.attention.query.weight";
    EXPECT_FALSE(torch::equal(a.at(query), c.at(query)));
    EXPECT_FALSE(torch::equal(a.at(query), a.at("layers.1.attention.query.weight")));
    EXPECT_FALSE(torch::equal(a.at(query), a.at("layers.0.attention.key.weight")));
  }
}

TEST(Conformer, EvaluationEmbedsEachWindowByItself) {
  for (const ConformerConfig& config : variants()) {
    const auto encoder = made_of(config);
    encoder->eval();
    torch::NoGradGuard no_grad;
    const auto x = image({5, 1, 24, 33});
    const auto alone = encoder->forward(x.slice(0, 2, 3)), together = encoder->forward(x);
    EXPECT_LT((alone[0] - together[2]).abs().max().item<double>(), 1e-5);
  }
}

TEST(Conformer, DropoutFollowsLibtorchsSeedAndIsGoneInEvaluation) {
  torch::NoGradGuard no_grad;
  const auto x = image({3, 1, 24, 33});
  for (const ConformerConfig& config : variants()) {
    const auto encoder = made_of(config);
    const auto seeded = [&](uint64_t seed) {
      seed_torch(seed);
      return encoder->forward(x);
    };
    const auto first = seeded(1);
    EXPECT_TRUE(torch::equal(first, seeded(1)));
    EXPECT_FALSE(torch::allclose(first, seeded(2), 1e-3, 1e-3));
    encoder->eval();
    EXPECT_TRUE(torch::equal(seeded(1), seeded(2)));
  }
  ConformerConfig without = tiny();
  without.dropout = 0;
  const auto encoder = made_of(without);
  seed_torch(1);
  const auto z = encoder->forward(x);
  EXPECT_TRUE(torch::allclose(z, encoder->forward(x), 0, 1e-6));
}

TEST(Conformer, OrderOfTheFramesMatters) {
  torch::NoGradGuard no_grad;
  const auto x = image({2, 1, 24, 48});
  for (const ConformerConfig& config : variants()) {
    const auto encoder = made_of(config);
    encoder->eval();
    EXPECT_GT((encoder->forward(x) - encoder->forward(x.flip({3}))).abs().max().item<double>(), 1e-4);
  }
}

TEST(Conformer, ComesBackFromACheckpoint) {
  testing::TempFolder folder;
  for (const ConformerConfig& config : variants()) {
    const auto saved = made_of(config, 1), loaded = made_of(config, 2);
    saved->forward(image({4, 1, 24, 33}));  // moves what batch norm remembers
    save_checkpoint(folder / "x", {module_state(*saved), {}});
    load_module_state(*loaded, load_checkpoint(folder / "x").tensors, "x");
    saved->eval();
    loaded->eval();
    torch::NoGradGuard no_grad;
    const auto x = image({2, 1, 24, 21});
    EXPECT_TRUE(torch::equal(saved->forward(x), loaded->forward(x)));
  }
}

TEST(Conformer, RefusesOtherShapes) {
  const auto encoder = made_of(tiny());
  for (const auto& shape :
       std::vector<std::vector<int64_t>>{{4, 24, 9}, {4, 2, 24, 9}, {0, 1, 24, 9}, {4, 1, 24, 0}})
    EXPECT_THROW(encoder->forward(image(shape)), ShapeError);
  try {
    encoder->forward(image({4, 1, 84, 9}));
    FAIL() << "took 84 bins for 24";
  } catch (const ShapeError& e) {
    EXPECT_THAT(e.what(), HasSubstr("takes [B, 1, 24, T], got [4, 1, 84, 9]; encoder.bins"));
  }
}

TEST(Conformer, RefusesSettingsThatDoNotFit) {
  const auto message = [](const char* yaml) -> std::string {
    try {
      const auto config = configs::parse_config<EncoderConfig>(yaml, "encoder.yaml");
      make_encoder(config, 0);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message("type: conformer\nbins: 12\nlayers: 1\nd_model: 12\nheads: 3\ndropout: 0\n"), "accepted");
  EXPECT_THAT(message("type: conformer\nd_model: 130\n"), HasSubstr("multiple of heads"));
  EXPECT_THAT(message("type: conformer\nd_model: 15\nheads: 3\n"), HasSubstr("must be even"));
  EXPECT_THAT(message("type: conformer\nkernel: 8\n"), HasSubstr("kernel = 8: must be odd"));
  EXPECT_THAT(message("type: conformer\nbins_per_octave: 7\n"),
              HasSubstr("bins_per_octave = 7: must be even"));
  EXPECT_THAT(message("type: conformer\ndropout: 1\n"), HasSubstr("must be in [0, 1)"));
  EXPECT_THAT(message("type: conformer\nattention: relativ\n"), HasSubstr("relative, absolute"));
  ConformerConfig config = tiny();
  config.dropout = 1;
  EXPECT_THROW(made_of(config), ConfigError);
  config = tiny();
  config.heads = 3;
  EXPECT_THROW(made_of(config), ConfigError);
}

}  // namespace
}  // namespace melomine::models
