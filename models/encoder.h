#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "configs/binder.h"

namespace melomine::models {

struct EncoderConfig {
  std::string type = "resnet18";
  int64_t input_channels = 1;   ///< of the feature image
  int64_t width = 64;           ///< channels of the first stage; 64 is the vanilla network
  int64_t embedding_dim = 128;  ///< D
};
void bind(configs::Binder& b, EncoderConfig& c);

/// A network from feature windows to fingerprints.
class Encoder : public torch::nn::Module {
 public:
  /// @param x  [B, C, F, T] float32, log-magnitudes in [0, 1]
  /// @returns  [B, D], rows of unit L2 norm
  virtual torch::Tensor forward(torch::Tensor x) = 0;
};

/// Weights are drawn from `seed` alone. @throws ConfigError for an unknown type
std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed);

}  // namespace melomine::models
