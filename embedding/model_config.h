#pragma once

#include "configs/binder.h"
#include "datasets/batch_maker.h"
#include "dsp/feature_kind.h"
#include "models/encoder_config.h"

namespace melomine::embedding {

/// How audio is cut and shown to an encoder; saved with every checkpoint, so that a model is used as trained.
struct FrontEnd {
  dsp::FeatureConfig features;
  datasets::WindowConfig window;
  double floor_db = 45;  ///< of normalise_log_magnitude
};
void bind(configs::Binder& b, FrontEnd& c);

/// What must be known to use an encoder: its shape and how audio is shown to it. Saved in every checkpoint.
struct ModelConfig {
  models::EncoderConfig encoder;
  FrontEnd front_end;
};
void bind(configs::Binder& b, ModelConfig& c);

/// Metadata keys of our checkpoints.
inline constexpr const char* kModelKey = "model";  ///< ModelConfig as YAML
inline constexpr const char* kStepKey = "step";

}  // namespace melomine::embedding
