#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "configs/binder.h"
#include "embedding/encoder_embedder.h"
#include "models/checkpoint.h"
#include "models/encoder.h"

namespace melomine::embedding {

/// What must be known to use an encoder: its shape and how audio is shown to it. Saved in every checkpoint.
struct ModelConfig {
  models::EncoderConfig encoder;
  FrontEnd front_end;
};
void bind(configs::Binder& b, ModelConfig& c);

/// An encoder ready to use.
struct SavedModel {
  ModelConfig config;
  std::shared_ptr<models::Encoder> encoder;
  int64_t step = 0;    ///< training steps taken
  std::string sha256;  ///< of the checkpoint file
};

/// Metadata keys of our checkpoints.
inline constexpr const char* kModelKey = "model";  ///< ModelConfig as YAML
inline constexpr const char* kStepKey = "step";

/// @throws DataError when the file is no checkpoint of melomine, naming what it lacks
SavedModel load_model(const std::filesystem::path& checkpoint, torch::Device device);

}  // namespace melomine::embedding
