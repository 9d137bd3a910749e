#pragma once

#include <cstdint>
#include <memory>

#include "models/resnet.h"
#include "models/ridge_input.h"

namespace melomine::models {

struct RidgeResNetConfig {
  /// A window of 2.8 s has 28 frames: a stem that quarters them leaves the last stage one, so the small one.
  ResNetConfig network{.width = 64, .stem = Stem::kSmall};
  RidgeImage image;
};
void bind(configs::Binder& b, RidgeResNetConfig& c);

/// ResNet18 over melody contours (ours): its first layer draws them as pitch ridges, so that a frame reaches
/// the device as two numbers and not as a column of an image. Parameters are resnet18's under `resnet`.
class RidgeResNet18 : public Encoder {
 public:
  /// @throws ConfigError unless width, D, bins, span and ridge_width are above 0 and ridge_width is at least
  ///         a quarter of a bin
  RidgeResNet18(const RidgeResNetConfig& config, const EncoderShape& shape, uint64_t seed);
  /// @param x  [B, 1, 2, L]
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return resnet_->embedding_dim(); }

 private:
  RidgeImage image_;
  std::shared_ptr<ResNet18> resnet_;
};

}  // namespace melomine::models
