#pragma once

#include "embedding/device_effect.h"

namespace melomine::embedding {

/// `sing` of the transform low_pass; of cut-offs from 1 Hz on it is the processor's.
torch::Tensor low_passed(const torch::Tensor& clips, const EffectCall& call);

}  // namespace melomine::embedding
