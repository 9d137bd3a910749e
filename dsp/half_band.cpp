#include "dsp/half_band.h"

#include <cmath>
#include <numbers>

#include "dsp/kaiser.h"

namespace melomine::dsp {
namespace {

/// Kaiser's shape parameter for 90 dB (Kaiser 1974).
constexpr double kAttenuationDb = 90;
constexpr double kHalfBandBeta = 0.1102 * (kAttenuationDb - 8.7);

std::vector<double> design() {
  const double half_length = 2.0 * kHalfBandSides;  // the first tap that is 0 again
  std::vector<double> taps;
  double sum = 0;
  for (int64_t i = 0; i < kHalfBandSides; ++i) {
    const double distance = 2.0 * static_cast<double>(i) + 1;
    const double sinc = std::sin(std::numbers::pi * distance / 2) / (std::numbers::pi * distance);
    taps.push_back(sinc * kaiser(distance / half_length, kHalfBandBeta));
    sum += 2 * taps.back();
  }
  for (double& tap : taps) tap *= 0.5 / sum;
  return taps;
}

}  // namespace

const std::vector<float>& half_band_side_taps() {
  static const std::vector<float> taps = [] {
    const std::vector<double> exact = design();
    return std::vector<float>(exact.begin(), exact.end());
  }();
  return taps;
}

double half_band_gain(double frequency) {
  double gain = 0.5;
  for (int64_t i = 0; i < kHalfBandSides; ++i)
    gain += 2.0 * static_cast<double>(half_band_side_taps()[static_cast<size_t>(i)]) *
            std::cos(2 * std::numbers::pi * frequency * (2.0 * static_cast<double>(i) + 1));
  return gain;
}

}  // namespace melomine::dsp
