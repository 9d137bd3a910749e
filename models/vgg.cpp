#include "models/vgg.h"

#include <algorithm>
#include <string>

#include "core/error.h"

namespace melomine::models {
namespace {

constexpr configs::Range kVggDropout = {.min = 0, .max = 1, .open_max = true};

/// Convolutions in each of the five stages.
std::vector<int64_t> convolutions_of(int64_t layers) {
  if (layers == 11) return {1, 1, 2, 2, 2};
  if (layers == 13) return {2, 2, 2, 2, 2};
  if (layers == 16) return {2, 2, 3, 3, 3};
  throw ConfigError("[vgg] layers must be 11, 13 or 16, got " + std::to_string(layers));
}

}  // namespace

void bind(configs::Binder& b, VggConfig& c) {
  b.integer("layers", c.layers, configs::between(11, 16), "11, 13 or 16");
  b.integer("width", c.width, configs::at_least(1),
            "channels of the first convolution (64: the vanilla network)");
  b.integer("hidden", c.hidden, configs::at_least(1), "outputs of the two linear maps before the last");
  b.number("dropout", c.dropout, kVggDropout, "share of their outputs set to 0 in training");
  b.integer("grid_bins", c.grid_bins, configs::at_least(1), "bins of the last image that they see");
  b.integer("grid_frames", c.grid_frames, configs::at_least(1), "frames of the last image that they see");
  b.require(c.layers == 11 || c.layers == 13 || c.layers == 16, "layers", "must be 11, 13 or 16");
}

configs::KindEntry vgg_kind() {
  return configs::kind<EncoderKindOf<Vgg, VggConfig>>("vgg", "VGG with batch norm over feature windows");
}

Vgg::Vgg(const VggConfig& config, const EncoderShape& shape, uint64_t seed) : config_(config), shape_(shape) {
  require_sizes("vgg", shape, {config.width, config.hidden, config.grid_bins, config.grid_frames});
  const std::vector<int64_t> convolutions = convolutions_of(config.layers);
  const RandomStream random({seed, stream_id("vgg")});
  auto features = register_module("features", folder());
  int64_t channels = shape.input_channels;
  uint64_t index = 0;  // of the layer as torchvision counts: convolution, norm, ReLU, …, pooling
  for (size_t stage = 0; stage < convolutions.size(); ++stage, ++index) {
    const int64_t out_channels = config.width << std::min<size_t>(stage, 3);
    stages_.emplace_back();
    for (int64_t i = 0; i < convolutions[stage]; ++i, index += 3) {
      stages_.back().emplace_back(
          *features, NormedConvolution::Names{std::to_string(index), std::to_string(index + 1)},
          Convolution::Shape{
              .in_channels = channels, .out_channels = out_channels, .kernel = 3, .bias = true},
          random.child(index));
      channels = out_channels;
    }
  }
  auto classifier = register_module("classifier", folder());
  const std::vector<int64_t> sizes = {channels * config.grid_bins * config.grid_frames, config.hidden,
                                      config.hidden, shape.embedding_dim};
  for (size_t i = 0; i + 1 < sizes.size(); ++i)
    classifier_.push_back(classifier->register_module(
        std::to_string(3 * i), std::make_shared<Linear>(sizes[i], sizes[i + 1], random.child(1000 + i))));
}

torch::Tensor Vgg::forward(torch::Tensor x) {
  require_windows("vgg", x, shape_);
  auto y = channels_last(x);
  for (auto& stage : stages_) {
    for (auto& convolution : stage) y = convolution.forward(y).relu_();
    y = max_pool(y, {2, 2});
  }
  y = grid_rows(y, config_.grid_bins, config_.grid_frames);
  for (size_t i = 0; i < 2; ++i)
    y = torch::dropout(classifier_[i]->forward(y).relu_(), config_.dropout, is_training());
  return unit_rows(classifier_[2]->forward(y));
}

}  // namespace melomine::models
