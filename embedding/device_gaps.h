#pragma once

#include "embedding/device_effect.h"

namespace melomine::embedding {

/// `sing` of the transform time_dropout, the same samples.
torch::Tensor with_gaps(const torch::Tensor& clips, const EffectCall& call);

/// `sing` of the transform trim, the same samples.
torch::Tensor trimmed(const torch::Tensor& clips, const EffectCall& call);

}  // namespace melomine::embedding
