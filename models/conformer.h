#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/conformer_block.h"
#include "models/encoder.h"
#include "models/harmonic_block.h"
#include "models/layers.h"

namespace melomine::models {

/// Of what the encoder's layers are made.
enum class LayerType { kConformer, kTransformer };

struct ConformerConfig {
  int64_t bins = 96;  ///< F, of the feature windows
  int64_t layers = 4;
  int64_t d_model = 128;       ///< width of the layers and channels of the prelayer
  int64_t feed_forward = 256;  ///< inner width of the feed-forward modules
  int64_t heads = 4;           ///< of the attention
  int64_t kernel = 31;         ///< of the layers' depthwise convolution, in steps
  double dropout = 0.1;        ///< in training, from libtorch's generator
  Positions attention = Positions::kRelative;
  LayerType block = LayerType::kConformer;
  bool harmonic_blocks = true;
  int64_t bins_per_octave = 12;  ///< of the harmonic blocks' kernels
  bool prelayer = true;          ///< false: a linear map of each frame in its place
};
void bind(configs::Binder& b, ConformerConfig& c);

/// Two 3x3 convolutions of stride 2, each with ReLU, then a linear map of what stands at each quarter of the
/// time: [B, C, F, T] to [B, ceil(T / 4), d].
class ConvolutionalPrelayer : public torch::nn::Module {
 public:
  struct Shape {
    int64_t channels, bins, width;  ///< C, F, d
  };
  ConvolutionalPrelayer(const Shape& shape, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<AxisConvolution> conv1_, conv2_;
  std::shared_ptr<Linear> linear_;
};

/// Encoder of Kung 2025, chapter 3.3, over [B, C, F, T] feature windows: prelayer, harmonic blocks over the
/// image of d by ceil(T / 4) that it makes, Conformer layers (Gulati et al. 2020), mean over time, L2 norm.
/// Where D is not d a linear map follows the mean (ours). docs/systems.md says how the thesis was read.
class Conformer : public Encoder {
 public:
  /// @throws ConfigError for settings out of range, d_model that is odd or no multiple of heads, an even
  /// kernel,
  ///         odd bins_per_octave
  Conformer(const ConformerConfig& config, const EncoderShape& shape, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  torch::Tensor enter(const torch::Tensor& x);

  ConformerConfig config_;
  EncoderShape shape_;
  std::shared_ptr<ConvolutionalPrelayer> prelayer_;
  std::shared_ptr<Linear> linear_;
  std::shared_ptr<HarmonicBlocks> harmonic_;
  std::vector<std::shared_ptr<SequenceLayer>> layers_;
  std::shared_ptr<Linear> fc_;
};

}  // namespace melomine::models
