#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace melomine::embedding {

/// A length from `samples` on for which FFTs are fast: a power of two, or three or five times one.
int64_t fft_length(int64_t samples);

/// z^-1 at the frequencies of a real FFT. @returns complex128 [length / 2 + 1]
torch::Tensor unit_delays(int64_t length, torch::Device device);

/// What filters make of signals, from silence on. @param signals  [n, N] float32
/// @param response  complex64 [n, length / 2 + 1] at the frequencies of a real FFT; what of the filters'
/// impulse
///                  responses lies beyond length - N samples must be nothing that counts
/// @returns [n, N]
torch::Tensor filtered(const torch::Tensor& signals, const torch::Tensor& response, int64_t length);

}  // namespace melomine::embedding
