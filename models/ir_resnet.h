#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

struct IrResNetConfig {
  int64_t layers = 18;              ///< 18: blocks 2-3-4-3; 34: blocks 3-4-6-3
  int64_t width = 64;               ///< channels of the stem, as published
  bool squeeze_excitation = false;  ///< channels of each block weighed by their means
  double dropout = 0.5;             ///< share of the last image's numbers set to 0 in training
  int64_t grid_bins = 5;            ///< of the last image, which the head sees place by place …
  int64_t grid_frames = 19;         ///< … 5 × 19 is what 80 bands × 630 frames become
};
void bind(configs::Binder& b, IrResNetConfig& c);

/// Squeeze and excitation (Hu et al. 2018) over a sixteenth of the channels, with PReLU between.
class SqueezeExcitation : public torch::nn::Module {
 public:
  SqueezeExcitation(int64_t channels, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<Linear> down_, up_;
  torch::nn::PReLU prelu_{nullptr};
};

/// Residual block of ArcFace's improved ResNet ("IR", Deng et al. 2019): BN, 3x3, BN, PReLU, 3x3, BN, then
/// (optional) squeeze and excitation, the shortcut, and the same PReLU once more.
class IrBlock : public torch::nn::Module {
 public:
  IrBlock(int64_t in_channels, int64_t out_channels, bool squeeze_excitation, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::BatchNorm2d bn0_{nullptr};
  NormedConvolution first_, second_, shortcut_;
  torch::nn::PReLU prelu_{nullptr};
  std::shared_ptr<SqueezeExcitation> se_;
};

/// The "face" ResNet of Pham et al. 2022 (Hum2Song) as their public code has it: 3x3 stem of w channels, four
/// stages of 2w, 4w, 8w and 2w channels at stride 1, before each of which 2x2 max-pooling halves F and T, and
/// after the last a pooling that halves T once more. Head: BN, dropout, the image as one row, linear map, BN
/// of the row. Their head takes 80 × 630 images alone; the grid, which is the identity there, takes any.
/// Ours, too: convolutions begin He-normal and linear maps uniform (theirs: Xavier-normal), and the last BN
/// uses its running statistics for a single row in training (theirs leaves it out, in evaluation as well).
/// Parameters carry the names of their code.
class IrResNet : public Encoder {
 public:
  /// @throws ConfigError for settings out of range
  IrResNet(const IrResNetConfig& config, const EncoderShape& shape, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  torch::Tensor normed_rows(const torch::Tensor& rows);

  IrResNetConfig config_;
  EncoderShape shape_;
  NormedConvolution stem_;
  torch::nn::PReLU prelu_{nullptr};
  std::vector<std::vector<std::shared_ptr<IrBlock>>> stages_;
  torch::nn::BatchNorm2d bn4_{nullptr};
  std::shared_ptr<Linear> fc5_;
  torch::nn::BatchNorm1d bn5_{nullptr};
};

}  // namespace melomine::models
