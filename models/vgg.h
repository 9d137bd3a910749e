#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

struct VggConfig {
  int64_t layers = 11;                     ///< 11, 13 or 16: configurations A, B and D
  int64_t width = 64;                      ///< channels of the first convolution; 64 is the vanilla network
  int64_t hidden = 4096;                   ///< outputs of the two linear maps before the last
  double dropout = 0.5;                    ///< share of their outputs set to 0 in training
  int64_t grid_bins = 7, grid_frames = 7;  ///< of the last image, which they see place by place
};
void bind(configs::Binder& b, VggConfig& c);

/// VGG with batch norm (Simonyan and Zisserman 2015, table 1): five stages of 3x3 convolutions of w, 2w, 4w,
/// 8w and 8w channels, each followed by 2x2 max-pooling, then three linear maps, the last of them to D, and
/// L2 norm. Adaptive pooling takes images of any size. Parameters carry torchvision's names.
class Vgg : public Encoder {
 public:
  /// @throws ConfigError for settings out of range
  Vgg(const VggConfig& config, const EncoderShape& shape, uint64_t seed);
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }

 private:
  VggConfig config_;
  EncoderShape shape_;
  std::vector<std::vector<NormedConvolution>> stages_;
  std::vector<std::shared_ptr<Linear>> classifier_;
};

}  // namespace melomine::models
