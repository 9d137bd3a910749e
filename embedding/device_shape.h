#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "datasets/clip_shape.h"

namespace melomine::embedding {

/// dsp::sinc_resample of many signals at once, read at any of their places: out[i, t] is the value of signal
/// i at sample places[i, t] * steps[i], band-limited alike.
/// @param signals  [n, L] float32, silence behind each
/// @param places   [n, N] int64 on the same device, >= 0
/// @param steps    [n] in (0, 64]
/// @returns [n, N]
torch::Tensor device_resample(const torch::Tensor& signals, const torch::Tensor& places,
                              const std::vector<double>& steps);

/// datasets::reshape_clip of many clips at once on any device: stretched, shifted and cut.
/// @param sources  [clips, L] float32, source windows as long as the shapes ask for, zeros behind each
/// @returns [clips, target_samples]
/// @throws ConfigError as dsp::stretch_and_shift
torch::Tensor device_reshape(const torch::Tensor& sources, const std::vector<datasets::ClipShape>& shapes,
                             int64_t target_samples, int sample_rate_hz);

}  // namespace melomine::embedding
