#include "models/encoder.h"

namespace melomine::models {

void bind(configs::Binder& b, EncoderConfig& c) {
  b.variant(c.network);
  b.integer("input_channels", c.shape.input_channels, configs::at_least(1), "channels of the feature image");
  b.integer("embedding_dim", c.shape.embedding_dim, configs::at_least(1), "size D of a fingerprint");
}

std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed) {
  return config.network->make(config.shape, seed);
}

torch::Tensor unit_rows(const torch::Tensor& x) {
  const auto wide = x.scalar_type() == torch::kFloat64 ? x : x.to(torch::kFloat32);
  return wide / wide.norm(2, {1}, /*keepdim=*/true).clamp_min(kSmallestNorm);
}

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace melomine::models
