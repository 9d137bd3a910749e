#include "models/alexnet.h"

#include <array>
#include <string>

#include "core/error.h"

namespace melomine::models {
namespace {

constexpr configs::Range kAlexNetDropout = {.min = 0, .max = 1, .open_max = true};
constexpr int64_t kAlexNetPlaces = 7;  // an 11 x 11 window over two places of padding on either side

/// A convolution; `index` is torchvision's, `widths` counts channels in units of the first one's.
struct AlexNetLayer {
  int64_t index, widths, kernel, stride, padding;
  bool pooled;  ///< 3x3 max-pooling of stride 2 follows
};
constexpr std::array<AlexNetLayer, 5> kAlexNetLayers = {{{0, 1, 11, 4, 2, true},
                                                         {3, 3, 5, 1, 2, true},
                                                         {6, 6, 3, 1, 1, false},
                                                         {8, 4, 3, 1, 1, false},
                                                         {10, 4, 3, 1, 1, true}}};

}  // namespace

void bind(configs::Binder& b, AlexNetConfig& c) {
  b.integer("width", c.width, configs::at_least(1),
            "channels of the first convolution (64: the vanilla network)");
  b.integer("hidden", c.hidden, configs::at_least(1), "outputs of the two linear maps before the last");
  b.number("dropout", c.dropout, kAlexNetDropout, "share of what these two see that is set to 0 in training");
  b.integer("grid_bins", c.grid_bins, configs::at_least(1), "bins of the last image that they see");
  b.integer("grid_frames", c.grid_frames, configs::at_least(1), "frames of the last image that they see");
}

configs::KindEntry alexnet_kind() {
  return configs::kind<EncoderKindOf<AlexNet, AlexNetConfig>>("alexnet", "AlexNet over feature windows");
}

AlexNet::AlexNet(const AlexNetConfig& config, const EncoderShape& shape, uint64_t seed)
    : config_(config), shape_(shape) {
  require_sizes("alexnet", shape, {config.width, config.hidden, config.grid_bins, config.grid_frames});
  const RandomStream random({seed, stream_id("alexnet")});
  auto features = register_module("features", folder());
  int64_t channels = shape.input_channels;
  for (const AlexNetLayer& layer : kAlexNetLayers) {
    const Convolution::Shape convolution{.in_channels = channels,
                                         .out_channels = layer.widths * config.width,
                                         .kernel = layer.kernel,
                                         .stride = layer.stride,
                                         .padding = layer.padding,
                                         .bias = true};
    convolutions_.push_back(features->register_module(
        std::to_string(layer.index),
        std::make_shared<Convolution>(convolution, random.child(static_cast<uint64_t>(layer.index)))));
    channels = convolution.out_channels;
  }
  auto classifier = register_module("classifier", folder());
  const std::array<int64_t, 4> sizes = {channels * config.grid_bins * config.grid_frames, config.hidden,
                                        config.hidden, shape.embedding_dim};
  const std::array<const char*, 3> names = {"1", "4", "6"};
  for (size_t i = 0; i < names.size(); ++i)
    classifier_.push_back(classifier->register_module(
        names[i], std::make_shared<Linear>(sizes[i], sizes[i + 1], random.child(1000 + i))));
}

torch::Tensor AlexNet::forward(torch::Tensor x) {
  require_windows("alexnet", x, shape_, kAlexNetPlaces);
  auto y = channels_last(x);
  for (size_t i = 0; i < kAlexNetLayers.size(); ++i) {
    y = convolutions_[i]->forward(y).relu_();
    if (kAlexNetLayers[i].pooled) y = max_pool(y, {3, 3}, {2, 2});
  }
  y = grid_rows(y, config_.grid_bins, config_.grid_frames);
  for (size_t i = 0; i < 2; ++i)
    y = classifier_[i]->forward(torch::dropout(y, config_.dropout, is_training())).relu_();
  return unit_rows(classifier_[2]->forward(y));
}

}  // namespace melomine::models
