#pragma once

#include "configs/binder.h"
#include "datasets/front_end.h"
#include "models/encoder_config.h"

namespace melomine::embedding {

/// What must be known to use an encoder: its shape and how audio is shown to it. Saved in every checkpoint.
struct ModelConfig {
  models::EncoderConfig encoder;
  datasets::FrontEnd front_end;
};
void bind(configs::Binder& b, ModelConfig& c);

/// Metadata keys of our checkpoints.
inline constexpr const char* kModelKey = "model";  ///< ModelConfig as YAML
inline constexpr const char* kStepKey = "step";

}  // namespace melomine::embedding
