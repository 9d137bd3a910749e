#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "embedding/model_config.h"
#include "models/checkpoint.h"
#include "models/encoder.h"

namespace melomine::embedding {

/// An encoder ready to use.
struct SavedModel {
  ModelConfig config;
  std::shared_ptr<models::Encoder> encoder;
  int64_t step = 0;    ///< training steps taken
  std::string sha256;  ///< of the checkpoint file
};

/// @throws DataError when the file is no checkpoint of melomine, naming what it lacks
SavedModel load_model(const std::filesystem::path& checkpoint, torch::Device device);

}  // namespace melomine::embedding
