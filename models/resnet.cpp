#include "models/resnet.h"

#include "core/error.h"
#include "models/batch_norm.h"

namespace melomine::models {

void bind(configs::Binder& b, ResNetConfig& c) {
  b.integer("width", c.width, configs::at_least(1), "channels of the first stage (64: the vanilla network)");
  b.enumeration(
      "stem", c.stem, {{"imagenet", Stem::kImagenet}, {"small", Stem::kSmall}},
      "imagenet: 7x7 convolution of stride 2, then max-pooling; small: 3x3 of stride 1, no pooling");
}

configs::KindEntry resnet18_kind() {
  return configs::kind<EncoderKindOf<ResNet18, ResNetConfig>>(
      "resnet18", "residual network of 18 layers over feature windows");
}

configs::KindEntry resnet34_kind() {
  return configs::kind<EncoderKindOf<ResNet34, ResNetConfig>>(
      "resnet34", "residual network of 34 layers over feature windows");
}

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
  auto y = batch_norm(*bn1_, conv1_->forward(x)).relu_();
  y = batch_norm(*bn2_, conv2_->forward(y));
  y += shortcut_conv_ ? batch_norm(*shortcut_bn_, shortcut_conv_->forward(x)) : x;
  return y.relu_();
}

ResNet::ResNet(const ResNetConfig& config, const EncoderShape& shape, const std::vector<int64_t>& blocks,
               uint64_t seed)
    : shape_(shape), pooled_stem_(config.stem == Stem::kImagenet) {
  if (config.width < 1 || shape.input_channels < 1 || shape.embedding_dim < 1)
    throw ConfigError("[resnet] width, input_channels and embedding_dim must be >= 1");
  const RandomStream random({seed, stream_id("resnet")});
  const int64_t kernel = pooled_stem_ ? 7 : 3, stride = pooled_stem_ ? 2 : 1;
  conv1_ = register_module(
      "conv1", std::make_shared<Convolution>(
                   Convolution::Shape{shape.input_channels, config.width, kernel, stride}, random.child(0)));
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
  fc_ = register_module("fc", std::make_shared<Linear>(channels, shape.embedding_dim, random.child(1)));
}

torch::Tensor ResNet::forward(torch::Tensor x) {
  require_windows("resnet", x, shape_);
  auto y = batch_norm(*bn1_, conv1_->forward(channels_last(x))).relu_();
  if (pooled_stem_) y = torch::max_pool2d(y, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
  for (const auto& block : blocks_) y = block->forward(y);
  return unit_rows(fc_->forward(y.mean({2, 3})));
}

}  // namespace melomine::models
