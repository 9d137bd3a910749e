#pragma once

#include "embedding/device_effect.h"

namespace melomine::embedding {

/// `add` of the transform mix.
torch::Tensor mixed(const torch::Tensor& clips, const EffectCall& call);

/// `add` of the transform noise: the same colours and ratios, of other noise than the processor draws.
torch::Tensor noisy(const torch::Tensor& clips, const EffectCall& call);

}  // namespace melomine::embedding
