#pragma once

#include "embedding/device_effect.h"

namespace melomine::embedding {

/// `sing` of the transform hum: datasets::hum_filter of the clips of recordings that are sung.
torch::Tensor hummed(const torch::Tensor& clips, const EffectCall& call);

}  // namespace melomine::embedding
