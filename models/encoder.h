#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <initializer_list>
#include <memory>

#include "models/encoder_config.h"

namespace melomine::models {

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

/// The kind of the encoder E, which is made of its config, a shape and a seed.
template <class E, class Config>
class EncoderKindOf : public configs::KindOf<EncoderKindOf<E, Config>, EncoderKind, Config> {
 public:
  std::shared_ptr<Encoder> make(const EncoderShape& shape, uint64_t seed) const override {
    return std::make_shared<E>(this->config, shape, seed);
  }
};

/// Smallest norm by which an embedding is divided.
inline constexpr double kSmallestNorm = 1e-12;

/// @param network  for the message: "resnet"
/// @param places   least F and T that the network can take
/// @throws ShapeError unless x is [B, C, F, T] of the shape's channels, nothing of it empty or too small
void require_windows(const char* network, const torch::Tensor& x, const EncoderShape& shape,
                     int64_t places = 1);

/// @throws ConfigError unless the shape's channels, D and each of `sizes` are above 0
void require_sizes(const char* network, const EncoderShape& shape, std::initializer_list<int64_t> sizes);

/// Rows of x [B, D] divided by their L2 norm; computed in float32 at least, whatever autocast says.
torch::Tensor unit_rows(const torch::Tensor& x);

/// Trainable numbers in a module.
int64_t parameter_count(const torch::nn::Module& module);

}  // namespace melomine::models
