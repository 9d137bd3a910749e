#include "separation/torchscript_separator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <cmath>
#include <fstream>
#include <numbers>

#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::separation {
namespace {

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

dsp::AudioBuffer sine_at(double hz, size_t samples, int sample_rate_hz = 16000) {
  dsp::AudioBuffer audio{std::vector<float>(samples), sample_rate_hz};
  for (size_t i = 0; i < samples; ++i)
    audio.samples[i] = static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate_hz));
  return audio;
}

class Torchscript : public ::testing::Test {
 protected:
  /// A module whose forward(self, x) is `body`.
  std::filesystem::path module(const std::string& body) {
    torch::jit::Module module("separator");
    module.register_attribute("training", c10::BoolType::get(), true);
    module.define("def forward(self, x):\n" + body);
    const auto path = folder_ / "module.pt";
    module.save(path.string());
    return path;
  }
  std::string reason(const std::string& body) {
    try {
      TorchscriptSeparator({.module = module(body)}).separate(sine_at(200, 100));
      return "";
    } catch (const DataError& e) {
      return e.what();
    }
  }
  testing::TempFolder folder_;
};

TEST_F(Torchscript, GetsBothShapes) {
  const auto mix = sine_at(300, 1000);
  for (const int64_t dimensions : {2, 3}) {
    const TorchscriptSeparator separator(
        {.module = module("  assert x.dim() == " + std::to_string(dimensions) + "\n  return x * 0.5\n"),
         .dimensions = dimensions});
    const auto voice = separator.separate(mix);
    EXPECT_EQ(voice.sample_rate_hz, 16000);
    auto expected = mix.samples;
    for (float& x : expected) x *= 0.5f;
    EXPECT_EQ(voice.samples, expected);
  }
}

TEST_F(Torchscript, LongRecordingsComeInChunksAndOutWhole) {
  const auto mix = sine_at(300, 16000 * 3 + 7);
  const TorchscriptSeparator separator(
      {.module = module("  assert x.size(1) == 16000\n  return -x\n"), .chunk_s = 1, .overlap_s = 0.25});
  auto expected = mix.samples;
  for (float& x : expected) x = -x;
  EXPECT_THAT(separator.separate(mix).samples, Pointwise(FloatNear(1e-6f), expected));
}

TEST_F(Torchscript, AModuleOfAnotherRateGetsItAndTheResultComesBackInPlace) {
  const auto mix = sine_at(300, 16000);
  const TorchscriptSeparator separator(
      {.module = module("  assert x.size(1) == 44100\n  return x\n"), .sample_rate_hz = 44100});
  const auto voice = separator.separate(mix);
  ASSERT_EQ(voice.samples.size(), mix.samples.size());
  double error = 0, power = 0;
  for (size_t i = 1000; i < 15000; ++i) {
    error += std::pow(voice.samples[i] - mix.samples[i], 2);
    power += std::pow(mix.samples[i], 2);
  }
  EXPECT_LT(10 * std::log10(error / power), -50);
}

TEST_F(Torchscript, ADropoutOfTrainingIsOff) {
  const auto mix = sine_at(300, 1000);
  const TorchscriptSeparator separator({.module = module("  return torch.dropout(x, 0.5, self.training)\n")});
  EXPECT_EQ(separator.separate(mix).samples, mix.samples);
}

TEST_F(Torchscript, FailuresNameTheirReason) {
  EXPECT_THAT(reason("  return x[:, :50]\n"), HasSubstr("returned shape [1, 50] for [1, 100]"));
  EXPECT_THAT(reason("  return x.unsqueeze(0)\n"), HasSubstr("returned shape [1, 1, 100]"));
  EXPECT_THAT(reason("  return (x, x)\n"), HasSubstr("returned no tensor of floats"));
  EXPECT_THAT(reason("  return x > 0\n"), HasSubstr("returned no tensor of floats"));
  EXPECT_THAT(reason("  assert x.size(1) == 3, \"too long\"\n  return x\n"),
              HasSubstr("the module failed: "));
  EXPECT_THAT(reason("  assert x.size(1) == 3, \"too long\"\n  return x\n"), HasSubstr("too long"));
  EXPECT_THAT(reason("  return torch.matmul(x, x)\n"), HasSubstr("the module failed: "));
}

TEST_F(Torchscript, WhatIsNoModuleEndsTheJob) {
  const auto complaint = [](const TorchscriptConfig& config) {
    try {
      const TorchscriptSeparator separator(config);
      return std::string();
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
  };
  EXPECT_THAT(complaint({.module = folder_ / "absent.pt"}), HasSubstr("there is no file"));
  std::ofstream(folder_ / "text.pt") << "words";
  EXPECT_THAT(complaint({.module = folder_ / "text.pt"}), HasSubstr("is no TorchScript module"));
  EXPECT_THAT(complaint({.module = module("  return x\n"), .device = "abacus"}), HasSubstr("unknown device"));
}

}  // namespace
}  // namespace melomine::separation
