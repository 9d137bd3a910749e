#include "embedding/device_low_pass.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "datasets/transforms/low_pass.h"
#include "embedding/fft_filter.h"

namespace melomine::embedding {
namespace {

/// Of a filter's response, what may be left out.
constexpr double kLeftOut = 1e-6;
constexpr double kLongest_s = 3;

/// Samples after which so little is left of a response.
int64_t response_samples(double cutoff_hz, int sample_rate_hz) {
  const double fall = 2 * std::numbers::pi * cutoff_hz / (std::numbers::sqrt2 * sample_rate_hz);
  return static_cast<int64_t>(std::ceil(std::min(-std::log(kLeftOut) / fall, kLongest_s * sample_rate_hz)));
}

}  // namespace

torch::Tensor low_passed(const torch::Tensor& clips, const EffectCall& call) {
  const auto rows = static_cast<int64_t>(call.drawn.clips.size());
  auto factors = torch::empty({3, rows, 1}, torch::kFloat64);
  auto values = factors.accessor<double, 3>();
  int64_t samples = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const double cutoff_hz = call.drawn.numbers[static_cast<size_t>(r)][0];
    datasets::Biquad filter;
    if (2 * cutoff_hz < call.sample_rate_hz) {
      filter = datasets::butterworth(cutoff_hz, call.sample_rate_hz);
      samples = std::max(samples, response_samples(cutoff_hz, call.sample_rate_hz));
    }
    const std::vector<double> numbers = {filter.b0, filter.a1, filter.a2};
    for (int64_t i = 0; i < 3; ++i) values[i][r][0] = numbers[static_cast<size_t>(i)];
  }
  if (samples == 0) return clips;
  factors = factors.to(clips.device());
  const int64_t length = fft_length(clips.size(1) + samples);
  // In float64: at low frequencies the denominator is a small difference.
  const auto delay = unit_delays(length, clips.device());
  const auto passes = factors[0] >= 1;
  const auto numerator = factors[0] * (1 + delay).square();
  const auto response = numerator / (1 + factors[1] * delay + factors[2] * delay * delay);
  const auto own = torch::where(passes, torch::ones_like(response), response);
  return filtered(clips, own.to(torch::kComplexFloat), length);
}

}  // namespace melomine::embedding
