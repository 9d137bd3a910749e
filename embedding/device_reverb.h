#pragma once

#include "embedding/device_effect.h"

namespace melomine::embedding {

/// `sing` of the transform reverb: rooms of the same decay and energy, of other noise than the processor
/// draws.
torch::Tensor reverberated(const torch::Tensor& clips, const EffectCall& call);

}  // namespace melomine::embedding
