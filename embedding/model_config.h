#pragma once

#include "configs/binder.h"
#include "embedding/front_end_kind.h"
#include "models/encoder_config.h"

namespace melomine::embedding {

/// What must be known to use an encoder: its shape and how audio is shown to it. Saved in every checkpoint.
struct ModelConfig {
  models::EncoderConfig encoder;
  FrontEndChoice front_end{"image"};
};
void bind(configs::Binder& b, ModelConfig& c);

/// Metadata keys of our checkpoints.
inline constexpr const char* kModelKey = "model";  ///< ModelConfig as YAML
inline constexpr const char* kStepKey = "step";

}  // namespace melomine::embedding
