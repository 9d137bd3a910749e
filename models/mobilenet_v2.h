#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/random.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

struct MobileNetV2Config {
  double width_multiplier = 1;  ///< of all channels, which are then rounded to multiples of 8
  double dropout = 0.2;         ///< share of the mean image's numbers set to 0 in training
};
void bind(configs::Binder& b, MobileNetV2Config& c);

/// Inverted residual (Sandler et al. 2018, fig. 3b): 1x1 to `expansion` times the channels (left out at 1),
/// 3x3 over each channel by itself, 1x1 back without activation; the input is added where shapes agree.
class InvertedResidual : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in_channels, out_channels, stride, expansion;
  };
  InvertedResidual(const Shape& shape, const RandomStream& random);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  bool adds_input_;
  NormedConvolution expand_, depthwise_, project_;
};

/// MobileNetV2 (Sandler et al. 2018, table 2): stem, seventeen inverted residuals, 1x1 to 1280 channels, mean
/// over places, dropout, linear map to D, L2 norm. Parameters carry torchvision's names.
class MobileNetV2 : public Encoder {
 public:
  /// @throws ConfigError for settings out of range
  MobileNetV2(const MobileNetV2Config& config, const EncoderShape& shape, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  MobileNetV2Config config_;
  EncoderShape shape_;
  NormedConvolution stem_, last_;
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
  std::shared_ptr<Linear> fc_;
};

}  // namespace melomine::models
