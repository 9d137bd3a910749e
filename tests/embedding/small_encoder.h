#pragma once

#include <memory>

#include "models/encoder.h"
#include "models/resnet.h"

namespace melomine::testing {

/// A ResNet of images, narrow, to 16 dimensions.
inline models::EncoderConfig small_encoder_config() {
  models::EncoderConfig config;
  config.network.settings<models::ResNetConfig>().width = 4;
  config.shape.embedding_dim = 16;
  return config;
}

/// The same weights each time, in evaluation.
inline std::shared_ptr<models::Encoder> small_encoder() {
  auto encoder = models::make_encoder(small_encoder_config(), 3);
  encoder->eval();
  return encoder;
}

}  // namespace melomine::testing
