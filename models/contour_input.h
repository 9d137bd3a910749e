#pragma once

#include <torch/torch.h>

namespace melomine::models {

/// @param network  for the message: "contour_cnn"
/// @param least    frames that L must have
/// @throws ShapeError unless x is [B, 1, 2, L] of at least one contour
void require_contours(const char* network, const torch::Tensor& x, int64_t least);

/// What networks over melody contours read: pitch, its difference from the frame before, and voicing (2 where
/// a note begins, if the view has beginnings).
/// @param network  for messages: "contour_cnn"
/// @param x        [B, 1, 2, L] as dsp::draw_contour makes them: pitch and voicing
/// @param least    frames that L must have
/// @returns [B, 3, L]; the difference is 0 where one of the two frames is a rest
/// @throws ShapeError for another shape
torch::Tensor contour_input(const char* network, const torch::Tensor& x, int64_t least);

}  // namespace melomine::models
