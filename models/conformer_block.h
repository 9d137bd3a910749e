#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "core/random.h"
#include "models/layers.h"
#include "models/relative_attention.h"
#include "models/sequence_layers.h"

namespace melomine::models {

/// Sizes of one layer of a Conformer or a Transformer.
struct LayerShape {
  int64_t width = 128;         ///< d, of its inputs and outputs
  int64_t feed_forward = 256;  ///< inner width of the feed-forward modules
  int64_t heads = 4;           ///< of the attention; d is a multiple of them
  int64_t kernel = 31;         ///< of the depthwise convolution, in steps; odd
  double dropout = 0.1;        ///< share of numbers set to 0 in training, in [0, 1)
  Positions positions = Positions::kRelative;
};

/// A layer over sequences: [B, T, d] to [B, T, d].
class SequenceLayer : public torch::nn::Module {
 public:
  /// @param distances  as SelfAttention::forward
  virtual torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& distances) = 0;
};

/// Feed-forward module: two linear maps with an activation between, dropout after it and at the end.
class FeedForward : public torch::nn::Module {
 public:
  enum class Activation { kSwish, kRelu };
  FeedForward(const LayerShape& shape, Activation activation, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Activation activation_;
  double dropout_;
  std::shared_ptr<Linear> linear1_, linear2_;
};

/// Convolution module (Gulati et al. 2020, fig. 2) without its layer norm: pointwise to 2d, gated linear
/// unit, depthwise along time, batch norm, Swish, pointwise, dropout.
class ConvolutionModule : public torch::nn::Module {
 public:
  ConvolutionModule(const LayerShape& shape, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  double dropout_;
  std::shared_ptr<Linear> pointwise1_, pointwise2_;
  std::shared_ptr<DepthwiseConvolution> depthwise_;
  torch::nn::BatchNorm1d batch_norm_{nullptr};
};

/// Conformer layer (Gulati et al. 2020, eq. 1): x + ½ FFN, then + attention, then + convolution, then + ½
/// FFN, each of the layer norm of what it is added to; layer norm of the whole.
class ConformerBlock : public SequenceLayer {
 public:
  ConformerBlock(const LayerShape& shape, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& distances) override;

 private:
  double dropout_;
  std::shared_ptr<FeedForward> ffn1_, ffn2_;
  std::shared_ptr<SelfAttention> attention_;
  std::shared_ptr<ConvolutionModule> convolution_;
  torch::nn::LayerNorm norm_ffn1_{nullptr}, norm_attention_{nullptr}, norm_convolution_{nullptr},
      norm_ffn2_{nullptr}, norm_{nullptr};
};

/// Encoder layer of the Transformer (Vaswani et al. 2017, fig. 1): layer norm of x + attention, then of that
/// + FFN with ReLU.
class TransformerBlock : public SequenceLayer {
 public:
  TransformerBlock(const LayerShape& shape, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& distances) override;

 private:
  double dropout_;
  std::shared_ptr<SelfAttention> attention_;
  std::shared_ptr<FeedForward> ffn_;
  torch::nn::LayerNorm norm_attention_{nullptr}, norm_ffn_{nullptr};
};

}  // namespace melomine::models
