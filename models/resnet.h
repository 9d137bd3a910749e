#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

/// How the image enters the first stage.
enum class Stem {
  kImagenet,  ///< 7x7 convolution of stride 2, then 3x3 max-pooling of stride 2: F and T become a quarter
  kSmall,     ///< 3x3 convolution of stride 1, no pooling
};

struct ResNetConfig {
  int64_t width = 64;  ///< channels of the first stage; 64 is the vanilla network
  Stem stem = Stem::kImagenet;
};
void bind(configs::Binder& b, ResNetConfig& c);

/// Two 3x3 convolutions around a shortcut (He et al. 2016, fig. 2). The shortcut is the identity, or a 1x1
/// convolution where stride or channels change (their option B).
class BasicBlock : public torch::nn::Module {
 public:
  BasicBlock(int64_t in_channels, int64_t out_channels, int64_t stride, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<Convolution> conv1_, conv2_, shortcut_conv_;
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, shortcut_bn_{nullptr};
};

/// Residual network (He et al. 2016, table 1) of basic blocks over [B, C, F, T] feature windows: stem, four
/// stages of w, 2w, 4w, 8w channels of which the last three halve F and T, global average pool, linear map to
/// D, L2 norm. Parameters carry torchvision's names. Runs channels-last.
class ResNet : public Encoder {
 public:
  /// @param blocks  number of blocks in each of the four stages
  /// @throws ConfigError unless width, channels and D are above 0
  ResNet(const ResNetConfig& config, const EncoderShape& shape, const std::vector<int64_t>& blocks,
         uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  EncoderShape shape_;
  bool pooled_stem_;
  std::shared_ptr<Convolution> conv1_;
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<std::shared_ptr<BasicBlock>> blocks_;
  std::shared_ptr<Linear> fc_;
};

/// ResNet of 2-2-2-2 blocks.
class ResNet18 : public ResNet {
 public:
  ResNet18(const ResNetConfig& config, const EncoderShape& shape, uint64_t seed)
      : ResNet(config, shape, {2, 2, 2, 2}, seed) {}
};

/// ResNet of 3-4-6-3 blocks.
class ResNet34 : public ResNet {
 public:
  ResNet34(const ResNetConfig& config, const EncoderShape& shape, uint64_t seed)
      : ResNet(config, shape, {3, 4, 6, 3}, seed) {}
};

}  // namespace melomine::models
