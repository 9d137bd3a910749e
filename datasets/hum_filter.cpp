#include "datasets/hum_filter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace melomine::datasets {
namespace {

constexpr double kFrame_s = 0.032;

/// Coefficients a[0] = 1 … a[order] of the inverse filter by Levinson and Durbin.
std::vector<double> inverse_filter(const std::vector<double>& r) {
  const size_t order = r.size() - 1;
  std::vector<double> a(order + 1), before(order + 1);
  a[0] = 1;
  double error = r[0];
  for (size_t i = 1; i <= order; ++i) {
    double sum = r[i];
    for (size_t j = 1; j < i; ++j) sum += a[j] * r[i - j];
    const double k = -sum / error;
    before = a;
    for (size_t j = 1; j < i; ++j) a[j] = before[j] + k * before[i - j];
    a[i] = k;
    error *= 1 - k * k;
  }
  return a;
}

double energy(std::span<const float> x) {
  double sum = 0;
  for (const float value : x) sum += static_cast<double>(value) * value;
  return sum;
}

}  // namespace

HumFrames hum_frames(double cutoff_hz, int sample_rate_hz) {
  HumFrames frames;
  frames.frame = static_cast<int64_t>(std::llround(kFrame_s * sample_rate_hz)) & ~int64_t{1};
  frames.order = 2 + sample_rate_hz / 1000;
  for (int64_t i = 0; i < frames.frame; ++i)
    frames.window.push_back(
        static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) /
                                                static_cast<double>(frames.frame))));
  // Two one-pole filters: 12 dB an octave.
  frames.pole = static_cast<float>(std::exp(-2 * std::numbers::pi * cutoff_hz / sample_rate_hz));
  return frames;
}

void hum_filter(std::span<float> voice, double cutoff_hz, int sample_rate_hz) {
  const auto [frame, order, window, pole] = hum_frames(cutoff_hz, sample_rate_hz);
  const int64_t hop = frame / 2;
  const auto count = static_cast<int64_t>(voice.size());
  std::vector<float> windowed(window.size());
  std::vector<float> out(voice.size()), source(static_cast<size_t>(frame + order));
  std::vector<double> r(static_cast<size_t>(order) + 1);
  for (int64_t begin = -hop; begin < count; begin += hop) {
    for (int64_t i = -order; i < frame; ++i) {
      const int64_t at = begin + i;
      source[static_cast<size_t>(i + order)] = at >= 0 && at < count ? voice[static_cast<size_t>(at)] : 0.0F;
    }
    for (size_t i = 0; i < windowed.size(); ++i)
      windowed[i] = window[i] * source[i + static_cast<size_t>(order)];
    for (size_t lag = 0; lag < r.size(); ++lag) {
      float sum = 0;
      for (size_t i = lag; i < windowed.size(); ++i) sum += windowed[i] * windowed[i - lag];
      r[lag] = sum;
    }
    if (!(r[0] > 0)) continue;
    r[0] *= 1 + kHumWhiteNoise;
    const std::vector<double> a = inverse_filter(r);
    std::vector<float> residual(static_cast<size_t>(frame));
    for (size_t j = 0; j < a.size(); ++j) {
      const auto weight = static_cast<float>(a[j]);
      const float* delayed = source.data() + static_cast<size_t>(order) - j;
      for (size_t i = 0; i < residual.size(); ++i) residual[i] += weight * delayed[i];
    }
    float first = 0, second = 0;
    for (float& value : residual) {
      first = pole * first + (1 - pole) * value;
      second = pole * second + (1 - pole) * first;
      value = second;
    }
    for (size_t i = 0; i < residual.size(); ++i) residual[i] *= window[i];
    const double power = energy(residual);
    const float level = power > 0 ? static_cast<float>(std::sqrt(r[0] / power)) : 0.0F;
    for (int64_t i = std::max<int64_t>(0, -begin); i < std::min(frame, count - begin); ++i)
      out[static_cast<size_t>(begin + i)] += level * residual[static_cast<size_t>(i)];
  }
  std::copy(out.begin(), out.end(), voice.begin());
}

}  // namespace melomine::datasets
