#include "dsp/sinc_resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/text.h"
#include "dsp/kaiser.h"

namespace melomine::dsp {
namespace {

constexpr int64_t kPhases = 64;
constexpr double kZeroCrossings = 12;  // on each side
constexpr double kSincBeta = 7.0;
constexpr double kRollOff = 0.94;  // pass band, as a share of the lower Nyquist frequency
constexpr double kMaxStep = 64;
constexpr int64_t kLanes = 4;

/// The right half of a Kaiser window at 0 .. 1.
const std::vector<double>& kaiser_half() {
  constexpr int64_t kPoints = 1024;
  static const std::vector<double> window = [] {
    std::vector<double> values(kPoints + 2);
    for (int64_t i = 0; i <= kPoints; ++i)
      values[static_cast<size_t>(i)] = kaiser(static_cast<double>(i) / kPoints, kSincBeta);
    return values;
  }();
  return window;
}

/// Taps for each of kPhases + 1 fractions between two samples, and their differences.
struct Kernel {
  int64_t half = 0;           ///< taps on each side
  std::vector<float> taps;    ///< [kPhases, 2 * half]
  std::vector<float> change;  ///< [kPhases, 2 * half] next phase minus this one
};

Kernel make_kernel(double step) {
  const SincShape shape = sinc_shape(step);
  const double cutoff = shape.cutoff;
  Kernel kernel;
  kernel.half = shape.half;
  const int64_t width = 2 * kernel.half;
  const std::vector<double>& window = kaiser_half();
  const double points = static_cast<double>(window.size() - 2);
  std::vector<double> all(static_cast<size_t>((kPhases + 1) * width));
  for (int64_t p = 0; p <= kPhases; ++p) {
    double* row = all.data() + p * width;
    double sum = 0;
    for (int64_t j = 0; j < width; ++j) {
      const double x = static_cast<double>(j - kernel.half + 1) - static_cast<double>(p) / kPhases;
      const double place = std::min(1.0, std::abs(x) / static_cast<double>(kernel.half)) * points;
      const auto i = static_cast<size_t>(place);
      const double kaiser = window[i] + (place - static_cast<double>(i)) * (window[i + 1] - window[i]);
      const double angle = std::numbers::pi * cutoff * x;
      row[j] = kaiser * (std::abs(angle) < 1e-9 ? 1.0 : std::sin(angle) / angle);
      sum += row[j];
    }
    // Unit gain at 0 Hz in every phase: a constant stays one.
    for (int64_t j = 0; j < width; ++j) row[j] /= sum;
  }
  kernel.taps.resize(static_cast<size_t>(kPhases * width));
  kernel.change.resize(kernel.taps.size());
  for (size_t i = 0; i < kernel.taps.size(); ++i) {
    kernel.taps[i] = static_cast<float>(all[i]);
    kernel.change[i] = static_cast<float>(all[i + static_cast<size_t>(width)] - all[i]);
  }
  return kernel;
}

/// Σ_j x[j] · (taps[j] + fraction · change[j]); [width], a multiple of kLanes.
float interpolated_product(const float* x, const float* taps, const float* change, float fraction,
                           int64_t width) {
  float sums[kLanes] = {};
  for (int64_t j = 0; j < width; j += kLanes)
    for (int64_t k = 0; k < kLanes; ++k) sums[k] += x[j + k] * (taps[j + k] + fraction * change[j + k]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

SincShape sinc_shape(double step) {
  auto half = static_cast<int64_t>(std::ceil(kZeroCrossings * std::max(1.0, step)));
  half += half % 2;  // keeps 2 * half a multiple of kLanes
  return {kPhases, half, kRollOff * std::min(1.0, 1.0 / step), kSincBeta};
}

std::vector<float> sinc_resample(std::span<const float> samples, double step, int64_t count) {
  if (!(step > 0) || step > kMaxStep)
    throw ConfigError("[resample] step must be in (0, 64], got " + format_number(step));
  std::vector<float> out(static_cast<size_t>(std::max<int64_t>(0, count)));
  const auto size = static_cast<int64_t>(samples.size());
  if (step == 1) {
    std::copy_n(samples.begin(), std::min(out.size(), samples.size()), out.begin());
    return out;
  }
  const Kernel kernel = make_kernel(step);
  const int64_t width = 2 * kernel.half;
  std::vector<float> padded(static_cast<size_t>(size + 2 * width));
  std::copy(samples.begin(), samples.end(), padded.begin() + width);
  for (int64_t i = 0; i < static_cast<int64_t>(out.size()); ++i) {
    const double position = static_cast<double>(i) * step;
    const auto whole = static_cast<int64_t>(position);
    if (whole >= size + kernel.half) break;  // all that follow are silence
    const double phase = (position - static_cast<double>(whole)) * kPhases;
    const auto p = static_cast<int64_t>(phase);
    const float* x = padded.data() + width + whole - kernel.half + 1;
    out[static_cast<size_t>(i)] =
        interpolated_product(x, kernel.taps.data() + p * width, kernel.change.data() + p * width,
                             static_cast<float>(phase - static_cast<double>(p)), width);
  }
  return out;
}

}  // namespace melomine::dsp
