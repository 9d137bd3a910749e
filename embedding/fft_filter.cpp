#include "embedding/fft_filter.h"

#include <algorithm>
#include <bit>
#include <numbers>

namespace melomine::embedding {

int64_t fft_length(int64_t samples) {
  int64_t best = INT64_MAX;
  for (const int64_t odd : {1, 3, 5}) {
    const auto times = static_cast<uint64_t>(std::max<int64_t>(1, (samples + odd - 1) / odd));
    best = std::min(best, odd * static_cast<int64_t>(std::bit_ceil(times)));
  }
  // Even, so that half of it is a whole number.
  return best + best % 2;
}

torch::Tensor unit_delays(int64_t length, torch::Device device) {
  const auto bins = torch::arange(length / 2 + 1, torch::TensorOptions(torch::kFloat64).device(device));
  const auto angles = bins * (-2 * std::numbers::pi / static_cast<double>(length));
  return torch::complex(angles.cos(), angles.sin());
}

torch::Tensor filtered(const torch::Tensor& signals, const torch::Tensor& response, int64_t length) {
  const auto spectra = torch::fft::rfft(signals, length, 1);
  return torch::fft::irfft(spectra * response, length, 1).narrow(1, 0, signals.size(1));
}

}  // namespace melomine::embedding
