#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// Cuts at random places (Jain et al. 2021).
struct SpliceOutConfig {
  int64_t intervals = 10;
  int64_t samples = 500;  ///< of one cut (their "frames", read as waveform samples)
};
void bind(configs::Binder& b, SpliceOutConfig& c);

}  // namespace melomine::datasets
