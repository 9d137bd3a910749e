#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

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
/// D, L2 norm. Blocks 2-2-2-2 make ResNet18. Parameters carry torchvision's names. Runs
/// channels-last.
class ResNet : public Encoder {
 public:
  /// @param blocks  number of blocks in each of the four stages
  ResNet(const EncoderConfig& config, const std::vector<int64_t>& blocks, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return embedding_dim_; }

 private:
  int64_t input_channels_, embedding_dim_;
  bool pooled_stem_;
  std::shared_ptr<Convolution> conv1_;
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<std::shared_ptr<BasicBlock>> blocks_;
  std::shared_ptr<Linear> fc_;
};

}  // namespace melomine::models
