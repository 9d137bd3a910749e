#include "synth/wavetable.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace melomine::synth {
namespace {

constexpr double kLowestFundamental_hz = 30;

}  // namespace

Wavetable::Wavetable(std::span<const double> amplitudes, int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz) {
  std::vector<double> sum(kSize, 0.0);
  const int most = static_cast<int>(
      std::min<double>(static_cast<double>(amplitudes.size()), 0.5 * sample_rate_hz / kLowestFundamental_hz));
  std::vector<double> sine(kSize);
  for (int i = 0; i < kSize; ++i) sine[static_cast<size_t>(i)] = std::sin(2 * std::numbers::pi * i / kSize);
  // Levels are built from the fewest harmonics up, each from the one before it.
  int done = 0;
  for (int target = 1; done < most; target = std::max(target + 1, target * 5 / 4)) {
    target = std::min(target, most);
    for (int h = done + 1; h <= target; ++h) {
      const double a = amplitudes[static_cast<size_t>(h - 1)];
      for (int i = 0; i < kSize; ++i)
        sum[static_cast<size_t>(i)] += a * sine[static_cast<size_t>((i * h) & (kSize - 1))];
    }
    done = target;
    std::vector<float> table(kSize + 1);
    for (int i = 0; i <= kSize; ++i)
      table[static_cast<size_t>(i)] = static_cast<float>(sum[static_cast<size_t>(i & (kSize - 1))]);
    levels_.push_back(std::move(table));
    harmonics_.push_back(done);
  }
}

const float* Wavetable::level(double f0_hz) const {
  const double fit = 0.5 * sample_rate_hz_ / std::max(f0_hz, 1.0);
  size_t best = 0;
  for (size_t i = 0; i < levels_.size() && harmonics_[i] <= fit; ++i) best = i;
  return levels_[best].data();
}

std::vector<double> power_law_harmonics(int count, double exponent, double even) {
  std::vector<double> amplitudes(static_cast<size_t>(count));
  for (int h = 1; h <= count; ++h)
    amplitudes[static_cast<size_t>(h - 1)] = std::pow(h, -exponent) * (h % 2 == 0 ? even : 1.0);
  return amplitudes;
}

double pitch_to_hz(double pitch_midi) {
  return 440.0 * std::exp2((pitch_midi - 69.0) / 12.0);
}

}  // namespace melomine::synth
