#include "models/encoder.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "core/error.h"

namespace melomine::models {

void bind(configs::Binder& b, EncoderConfig& c) {
  b.variant(c.network);
  b.integer("input_channels", c.shape.input_channels, configs::at_least(1), "channels of the feature image");
  b.integer("embedding_dim", c.shape.embedding_dim, configs::at_least(1), "size D of a fingerprint");
}

std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed) {
  return config.network->make(config.shape, seed);
}

void require_windows(const char* network, const torch::Tensor& x, const EncoderShape& shape, int64_t places) {
  if (x.dim() == 4 && x.size(1) == shape.input_channels && x.size(0) >= 1 && x.size(2) >= places &&
      x.size(3) >= places)
    return;
  std::ostringstream message;
  message << '[' << network << "] takes [B, " << shape.input_channels << ", F, T]";
  if (places > 1) message << " of F and T >= " << places;
  message << ", got " << x.sizes();
  throw ShapeError(message.str());
}

void require_sizes(const char* network, const EncoderShape& shape, std::initializer_list<int64_t> sizes) {
  const bool all = shape.input_channels >= 1 && shape.embedding_dim >= 1 &&
                   std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size >= 1; });
  if (!all)
    throw ConfigError(std::string("[") + network +
                      "] all sizes, input_channels and embedding_dim must be >= 1");
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
