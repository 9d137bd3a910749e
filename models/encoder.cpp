#include "models/encoder.h"

#include <functional>

#include "core/registry.h"
#include "models/resnet.h"

namespace melomine::models {
namespace {

using Maker = std::function<std::shared_ptr<Encoder>(const EncoderConfig&, uint64_t seed)>;

const Registry<Maker>& encoders() {
  static const Registry<Maker> list{
      "encoder", {{"resnet18", [](const EncoderConfig& config, uint64_t seed) {
                     return std::make_shared<ResNet>(config, std::vector<int64_t>{2, 2, 2, 2}, seed);
                   }}}};
  return list;
}

}  // namespace

void bind(configs::Binder& b, EncoderConfig& c) {
  b.choice("type", c.type, encoder_types(), "network");
  b.integer("input_channels", c.input_channels, configs::at_least(1), "channels of the feature image");
  b.integer("width", c.width, configs::at_least(1), "channels of the first stage (64: the vanilla network)");
  b.integer("embedding_dim", c.embedding_dim, configs::at_least(1), "size D of a fingerprint");
  b.choice("stem", c.stem, {"imagenet", "small"},
           "imagenet: 7x7 convolution of stride 2, then max-pooling; small: 3x3 of stride 1, no pooling");
}

std::vector<std::string> encoder_types() {
  return encoders().names();
}

std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed) {
  return encoders().get(config.type)(config, seed);
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
