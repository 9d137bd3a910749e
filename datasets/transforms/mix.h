#pragma once

#include "datasets/clip_transform.h"
#include "datasets/signal_to_noise.h"

namespace melomine::datasets {

/// Another clip of the batch is heard beside it. Its number: the SNR, dB.
struct MixConfig {
  SnrRange snr{5, 10};
};
void bind(configs::Binder& b, MixConfig& c);

}  // namespace melomine::datasets
