#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Ours: singing is made to sound like humming (datasets/hum_filter.h). Covers share their words with the
/// original, hums do not; an encoder that learns from mined covers would learn the words. Its number: the
/// cut-off, Hz.
struct HumConfig {
  double min_cutoff_hz = 200, max_cutoff_hz = 1500;  ///< of hum_filter, log-uniform
};
void bind(configs::Binder& b, HumConfig& c);

}  // namespace melomine::datasets
