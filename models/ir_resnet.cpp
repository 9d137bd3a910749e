#include "models/ir_resnet.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "models/batch_norm.h"

namespace melomine::models {
namespace {

constexpr int64_t kSqueeze = 16;
constexpr configs::Range kIrDropout = {.min = 0, .max = 1, .open_max = true};

std::vector<int64_t> blocks_of(int64_t layers) {
  if (layers == 18) return {2, 3, 4, 3};
  if (layers == 34) return {3, 4, 6, 3};
  throw ConfigError("[ir_resnet] layers must be 18 or 34, got " + std::to_string(layers));
}

}  // namespace

void bind(configs::Binder& b, IrResNetConfig& c) {
  b.integer("layers", c.layers, configs::between(18, 34), "18 (blocks 2-3-4-3) or 34 (3-4-6-3)");
  b.integer("width", c.width, configs::at_least(1), "channels of the stem (64: as published)");
  b.boolean("squeeze_excitation", c.squeeze_excitation, "channels of each block weighed by their means");
  b.number("dropout", c.dropout, kIrDropout, "share of the last image's numbers set to 0 in training");
  b.integer("grid_bins", c.grid_bins, configs::at_least(1), "bins of the last image that the head sees");
  b.integer("grid_frames", c.grid_frames, configs::at_least(1),
            "frames of the last image that the head sees");
  b.require(c.layers == 18 || c.layers == 34, "layers", "must be 18 or 34");
}

configs::KindEntry ir_resnet_kind() {
  return configs::kind<EncoderKindOf<IrResNet, IrResNetConfig>>(
      "ir_resnet", "residual network of ArcFace's blocks, as in Hum2Song");
}

SqueezeExcitation::SqueezeExcitation(int64_t channels, const RandomStream& random) {
  auto fc = register_module("fc", folder());
  const int64_t few = std::max<int64_t>(1, channels / kSqueeze);
  down_ = fc->register_module("0", std::make_shared<Linear>(channels, few, random.child(0)));
  prelu_ = fc->register_module("1", torch::nn::PReLU());
  up_ = fc->register_module("2", std::make_shared<Linear>(few, channels, random.child(1)));
}

torch::Tensor SqueezeExcitation::forward(const torch::Tensor& x) {
  const auto weights = torch::sigmoid(up_->forward(prelu_->forward(down_->forward(x.mean({2, 3})))));
  return x * weights.unsqueeze(2).unsqueeze(3);
}

IrBlock::IrBlock(int64_t in_channels, int64_t out_channels, bool squeeze_excitation,
                 const RandomStream& random) {
  bn0_ = register_module("bn0", torch::nn::BatchNorm2d(in_channels));
  first_ = NormedConvolution(*this, {"conv1", "bn1"}, {in_channels, in_channels, 3}, random.child(0));
  prelu_ = register_module("prelu", torch::nn::PReLU());
  second_ = NormedConvolution(*this, {"conv2", "bn2"}, {in_channels, out_channels, 3}, random.child(1));
  if (squeeze_excitation)
    se_ = register_module("se", std::make_shared<SqueezeExcitation>(out_channels, random.child(3)));
  if (in_channels == out_channels) return;
  auto shortcut = register_module("downsample", folder());
  shortcut_ = NormedConvolution(*shortcut, {"0", "1"}, {in_channels, out_channels, 1}, random.child(2));
}

torch::Tensor IrBlock::forward(const torch::Tensor& x) {
  auto y = second_.forward(prelu_->forward(first_.forward(batch_norm(*bn0_, x))));
  if (se_) y = se_->forward(y);
  return prelu_->forward(y + (shortcut_ ? shortcut_.forward(x) : x));
}

IrResNet::IrResNet(const IrResNetConfig& config, const EncoderShape& shape, uint64_t seed)
    : config_(config), shape_(shape) {
  require_sizes("ir_resnet", shape, {config.width, config.grid_bins, config.grid_frames});
  const std::vector<int64_t> blocks = blocks_of(config.layers);
  const RandomStream random({seed, stream_id("ir_resnet")});
  const int64_t w = config.width;
  stem_ = NormedConvolution(*this, {"conv1", "bn1"}, {shape.input_channels, w, 3}, random.child(0));
  prelu_ = register_module("prelu", torch::nn::PReLU());
  const std::vector<int64_t> widths = {2 * w, 4 * w, 8 * w, 2 * w};
  int64_t channels = w;
  for (size_t stage = 0; stage < blocks.size(); ++stage) {
    auto layer = register_module("layer" + std::to_string(stage + 1), folder());
    stages_.emplace_back();
    for (int64_t i = 0; i < blocks[stage]; ++i) {
      const auto stream = random.child(100 * (stage + 1) + static_cast<uint64_t>(i));
      stages_.back().push_back(layer->register_module(
          std::to_string(i),
          std::make_shared<IrBlock>(channels, widths[stage], config.squeeze_excitation, stream)));
      channels = widths[stage];
    }
  }
  bn4_ = register_module("bn4", torch::nn::BatchNorm2d(channels));
  fc5_ = register_module("fc5", std::make_shared<Linear>(channels * config.grid_bins * config.grid_frames,
                                                         shape.embedding_dim, random.child(1)));
  bn5_ = register_module("bn5", torch::nn::BatchNorm1d(shape.embedding_dim));
}

torch::Tensor IrResNet::normed_rows(const torch::Tensor& rows) {
  if (!is_training() || rows.size(0) > 1) return batch_norm(*bn5_, rows);
  return torch::batch_norm(rows, bn5_->weight, bn5_->bias, bn5_->running_mean, bn5_->running_var,
                           /*training=*/false, /*momentum=*/0, bn5_->options.eps(), /*cudnn_enabled=*/true);
}

torch::Tensor IrResNet::forward(torch::Tensor x) {
  require_windows("ir_resnet", x, shape_);
  auto y = prelu_->forward(stem_.forward(channels_last(x)));
  for (const auto& stage : stages_) {
    y = max_pool(y, {2, 2});
    for (const auto& block : stage) y = block->forward(y);
  }
  y = batch_norm(*bn4_, max_pool(y, {1, 2}));
  y = torch::dropout(y, config_.dropout, is_training());
  return unit_rows(normed_rows(fc5_->forward(grid_rows(y, config_.grid_bins, config_.grid_frames))));
}

}  // namespace melomine::models
