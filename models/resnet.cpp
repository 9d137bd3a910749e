#include "models/resnet.h"

#include <sstream>

#include "core/error.h"

namespace melomine::models {
namespace {

/// A module that only gathers others under a name ("layer1", "downsample").
std::shared_ptr<torch::nn::Module> folder() {
  return std::make_shared<torch::nn::Module>();
}

}  // namespace

BasicBlock::BasicBlock(int64_t in_channels, int64_t out_channels, int64_t stride,
                       const RandomStream& random) {
  using Shape = Convolution::Shape;
  conv1_ = register_module(
      "conv1", std::make_shared<Convolution>(Shape{in_channels, out_channels, 3, stride}, random.child(0)));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(out_channels));
  conv2_ = register_module(
      "conv2", std::make_shared<Convolution>(Shape{out_channels, out_channels, 3, 1}, random.child(1)));
  bn2_ = register_module("bn2", torch::nn::BatchNorm2d(out_channels));
  if (stride == 1 && in_channels == out_channels) return;
  auto shortcut = register_module("downsample", folder());
  shortcut_conv_ = shortcut->register_module(
      "0", std::make_shared<Convolution>(Shape{in_channels, out_channels, 1, stride}, random.child(2)));
  shortcut_bn_ = shortcut->register_module("1", torch::nn::BatchNorm2d(out_channels));
}

torch::Tensor BasicBlock::forward(const torch::Tensor& x) {
  auto y = bn1_->forward(conv1_->forward(x)).relu_();
  y = bn2_->forward(conv2_->forward(y));
  y += shortcut_conv_ ? shortcut_bn_->forward(shortcut_conv_->forward(x)) : x;
  return y.relu_();
}

ResNet::ResNet(const EncoderConfig& config, const std::vector<int64_t>& blocks, uint64_t seed)
    : input_channels_(config.input_channels), embedding_dim_(config.embedding_dim) {
  if (config.stem != "imagenet" && config.stem != "small")
    throw ConfigError("unknown stem '" + config.stem + "'; known: imagenet, small");
  if (config.width < 1 || config.input_channels < 1 || config.embedding_dim < 1)
    throw ConfigError("[resnet] width, input_channels and embedding_dim must be >= 1");
  pooled_stem_ = config.stem == "imagenet";
  const RandomStream random({seed, stream_id("resnet")});
  const int64_t kernel = pooled_stem_ ? 7 : 3, stride = pooled_stem_ ? 2 : 1;
  conv1_ = register_module(
      "conv1", std::make_shared<Convolution>(
                   Convolution::Shape{input_channels_, config.width, kernel, stride}, random.child(0)));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(config.width));
  int64_t channels = config.width;
  for (size_t stage = 0; stage < blocks.size(); ++stage) {
    auto layer = register_module("layer" + std::to_string(stage + 1), folder());
    const int64_t out_channels = config.width << stage;
    for (int64_t i = 0; i < blocks[stage]; ++i) {
      const int64_t block_stride = stage > 0 && i == 0 ? 2 : 1;
      const auto stream = random.child(100 * (stage + 1) + static_cast<uint64_t>(i));
      blocks_.push_back(layer->register_module(
          std::to_string(i), std::make_shared<BasicBlock>(channels, out_channels, block_stride, stream)));
      channels = out_channels;
    }
  }
  fc_ = register_module("fc", std::make_shared<Linear>(channels, embedding_dim_, random.child(1)));
}

torch::Tensor ResNet::forward(torch::Tensor x) {
  if (x.dim() != 4 || x.size(1) != input_channels_ || x.size(0) < 1 || x.size(2) < 1 || x.size(3) < 1) {
    std::ostringstream message;
    message << "[resnet] takes [B, " << input_channels_ << ", F, T], got " << x.sizes();
    throw ShapeError(message.str());
  }
  auto y = bn1_->forward(conv1_->forward(x.contiguous(torch::MemoryFormat::ChannelsLast))).relu_();
  if (pooled_stem_) y = torch::max_pool2d(y, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
  for (const auto& block : blocks_) y = block->forward(y);
  return unit_rows(fc_->forward(y.mean({2, 3})));
}

}  // namespace melomine::models
