#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

struct AlexNetConfig {
  int64_t width = 64;                      ///< channels of the first convolution; 64 is torchvision's network
  int64_t hidden = 4096;                   ///< outputs of the two linear maps before the last
  double dropout = 0.5;                    ///< share of what these two see that is set to 0 in training
  int64_t grid_bins = 6, grid_frames = 6;  ///< of the last image, which the first of them sees place by place
};
void bind(configs::Binder& b, AlexNetConfig& c);

/// AlexNet (Krizhevsky et al. 2012) as torchvision has it, after Krizhevsky 2014: convolutions of w, 3w, 6w,
/// 4w and 4w channels, no normalisation, three poolings, then three linear maps, the last of them to D, and
/// L2 norm. Adaptive pooling takes images of any size from 7 × 7 on. Parameters carry torchvision's names.
class AlexNet : public Encoder {
 public:
  /// @throws ConfigError for settings out of range
  AlexNet(const AlexNetConfig& config, const EncoderShape& shape, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  AlexNetConfig config_;
  EncoderShape shape_;
  std::vector<std::shared_ptr<Convolution>> convolutions_;
  std::vector<std::shared_ptr<Linear>> classifier_;
};

}  // namespace melomine::models
