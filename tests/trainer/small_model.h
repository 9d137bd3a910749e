#pragma once

#include "embedding/model_config.h"
#include "models/resnet.h"

namespace melomine::trainer {

/// A narrow ResNet18 of images, to 16 dimensions.
inline embedding::ModelConfig small_model() {
  embedding::ModelConfig model;
  model.encoder.network.settings<models::ResNetConfig>().width = 4;
  model.encoder.shape.embedding_dim = 16;
  return model;
}

}  // namespace melomine::trainer
