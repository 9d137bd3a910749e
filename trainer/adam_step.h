#pragma once

#include <torch/torch.h>

#include <vector>

namespace melomine::trainer {

/// L2 norm of all gradients together, accumulated in double; parameters without a gradient count nothing.
/// NaN or infinite when a gradient is.
double gradient_norm(const std::vector<torch::Tensor>& parameters);

/// By what to scale gradients of this norm so that it does not exceed `max_norm`; 1 when max_norm is 0 (no
/// clipping).
double clip_scale(double norm, double max_norm);

/// One step of `optimizer` on gradients times `gradient_scale`: what its own step() does, to rounding, and
/// into the same state, so both may alternate and checkpoints are the same. On the CPU in float32 each
/// parameter takes one pass over memory in place of about ten, and clipping takes none of its own; on other
/// devices and types, or with amsgrad, this scales the gradients and calls step().
void adam_step(torch::optim::Adam& optimizer, double gradient_scale = 1);

}  // namespace melomine::trainer
