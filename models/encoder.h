#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::models {

struct EncoderConfig {
  std::string type = "resnet18";
  int64_t input_channels = 1;     ///< of the feature image
  int64_t width = 64;             ///< channels of the first stage; 64 is the vanilla network
  int64_t embedding_dim = 128;    ///< D
  std::string stem = "imagenet";  ///< imagenet: 7x7 stride 2, then pooled; small: 3x3 stride 1, not pooled
};
void bind(configs::Binder& b, EncoderConfig& c);

/// A network from feature windows to fingerprints.
class Encoder : public torch::nn::Module {
 public:
  /// @param x  [B, C, F, T] float32, log-magnitudes in [0, 1]
  /// @returns  [B, D] float32, rows of unit L2 norm
  /// @throws ShapeError when x has another rank or channel count, or is too small
  virtual torch::Tensor forward(torch::Tensor x) = 0;
  /// D
  virtual int64_t embedding_dim() const = 0;
};

/// Names that EncoderConfig::type may have.
std::vector<std::string> encoder_types();

/// Weights are drawn from `seed` alone. @throws ConfigError for an unknown type
std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed);

/// Smallest norm by which an embedding is divided.
inline constexpr double kSmallestNorm = 1e-12;

/// Rows of x [B, D] divided by their L2 norm; computed in float32 at least, whatever autocast says.
torch::Tensor unit_rows(const torch::Tensor& x);

/// Trainable numbers in a module.
int64_t parameter_count(const torch::nn::Module& module);

}  // namespace melomine::models
