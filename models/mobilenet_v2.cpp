#include "models/mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/error.h"

namespace melomine::models {
namespace {

constexpr configs::Range kMobileNetDropout = {.min = 0, .max = 1, .open_max = true};
constexpr int64_t kMobileNetStem = 32, kMobileNetLast = 1280;

/// Table 2 of the paper: t, c, n, s.
struct MobileNetStage {
  int64_t expansion, channels, blocks, stride;
};
constexpr std::array<MobileNetStage, 7> kMobileNetStages = {{{1, 16, 1, 1},
                                                             {6, 24, 2, 2},
                                                             {6, 32, 3, 2},
                                                             {6, 64, 4, 2},
                                                             {6, 96, 3, 1},
                                                             {6, 160, 3, 2},
                                                             {6, 320, 1, 1}}};

/// The nearest multiple of 8, at least 8, and not below nine tenths of what is asked for.
int64_t channels_of(double asked) {
  constexpr int64_t kMultiple = 8;
  const int64_t nearest =
      std::max(kMultiple, static_cast<int64_t>(asked + kMultiple / 2.0) / kMultiple * kMultiple);
  return static_cast<double>(nearest) < 0.9 * asked ? nearest + kMultiple : nearest;
}

}  // namespace

void bind(configs::Binder& b, MobileNetV2Config& c) {
  b.number("width_multiplier", c.width_multiplier, configs::above(0),
           "of all channels (1: the vanilla network)");
  b.number("dropout", c.dropout, kMobileNetDropout, "share of the mean image's numbers set to 0 in training");
}

configs::KindEntry mobilenet_v2_kind() {
  return configs::kind<EncoderKindOf<MobileNetV2, MobileNetV2Config>>(
      "mobilenet_v2", "inverted residuals of depthwise convolutions over feature windows");
}

InvertedResidual::InvertedResidual(const Shape& shape, const RandomStream& random)
    : adds_input_(shape.stride == 1 && shape.in_channels == shape.out_channels) {
  auto conv = register_module("conv", folder());
  const int64_t wide = shape.in_channels * shape.expansion;
  int64_t index = 0;
  if (shape.expansion != 1) {
    auto expand = conv->register_module(std::to_string(index++), folder());
    expand_ = NormedConvolution(*expand, {"0", "1"}, {shape.in_channels, wide, 1}, random.child(0));
  }
  auto depthwise = conv->register_module(std::to_string(index++), folder());
  depthwise_ = NormedConvolution(
      *depthwise, {"0", "1"},
      {.in_channels = wide, .out_channels = wide, .kernel = 3, .stride = shape.stride, .groups = wide},
      random.child(1));
  project_ = NormedConvolution(*conv, {std::to_string(index), std::to_string(index + 1)},
                               {wide, shape.out_channels, 1}, random.child(2));
}

torch::Tensor InvertedResidual::forward(const torch::Tensor& x) {
  auto y = expand_ ? torch::relu6(expand_.forward(x)) : x;
  y = project_.forward(torch::relu6(depthwise_.forward(y)));
  return adds_input_ ? x + y : y;
}

MobileNetV2::MobileNetV2(const MobileNetV2Config& config, const EncoderShape& shape, uint64_t seed)
    : config_(config), shape_(shape) {
  require_sizes("mobilenet_v2", shape, {});
  if (!(config.width_multiplier > 0))
    throw ConfigError("[mobilenet_v2] width_multiplier must be > 0, got " +
                      std::to_string(config.width_multiplier));
  const RandomStream random({seed, stream_id("mobilenet_v2")});
  const double width = config.width_multiplier;
  auto features = register_module("features", folder());
  uint64_t index = 0;
  int64_t channels = channels_of(static_cast<double>(kMobileNetStem) * width);
  auto stem = features->register_module(std::to_string(index), folder());
  stem_ = NormedConvolution(*stem, {"0", "1"}, {shape.input_channels, channels, 3, 2}, random.child(index));
  for (const MobileNetStage& stage : kMobileNetStages)
    for (int64_t i = 0; i < stage.blocks; ++i) {
      const InvertedResidual::Shape block{channels, channels_of(static_cast<double>(stage.channels) * width),
                                          i == 0 ? stage.stride : 1, stage.expansion};
      ++index;
      blocks_.push_back(features->register_module(
          std::to_string(index), std::make_shared<InvertedResidual>(block, random.child(index))));
      channels = block.out_channels;
    }
  ++index;
  const int64_t last_channels = channels_of(static_cast<double>(kMobileNetLast) * std::max(1.0, width));
  auto last = features->register_module(std::to_string(index), folder());
  last_ = NormedConvolution(*last, {"0", "1"}, {channels, last_channels, 1}, random.child(index));
  auto classifier = register_module("classifier", folder());
  fc_ = classifier->register_module(
      "1", std::make_shared<Linear>(last_channels, shape.embedding_dim, random.child(1000)));
}

torch::Tensor MobileNetV2::forward(torch::Tensor x) {
  require_windows("mobilenet_v2", x, shape_);
  auto y = torch::relu6(stem_.forward(channels_last(x)));
  for (const auto& block : blocks_) y = block->forward(y);
  y = torch::relu6(last_.forward(y)).mean({2, 3});
  return unit_rows(fc_->forward(torch::dropout(y, config_.dropout, is_training())));
}

}  // namespace melomine::models
