#include "pitch/activation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "pitch/crepe_weights.h"

namespace melomine::pitch {
namespace {

constexpr int64_t kPitchReach = 4;  // bins on either side of the strongest one

}  // namespace

int64_t Activation::frames() const {
  return static_cast<int64_t>(values.size()) / kCrepeBins;
}

std::span<const uint8_t> Activation::frame(int64_t t) const {
  return {values.data() + t * kCrepeBins, static_cast<size_t>(kCrepeBins)};
}

Activation kept(const dsp::FeatureMatrix& activation) {
  if (activation.bins != kCrepeBins)
    throw ShapeError(fmt::format("[crepe] an activation has {} bins, got {}", kCrepeBins, activation.bins));
  Activation result;
  result.values.resize(static_cast<size_t>(activation.frames * kCrepeBins));
  for (int64_t bin = 0; bin < kCrepeBins; ++bin)
    for (int64_t t = 0; t < activation.frames; ++t)
      result.values[static_cast<size_t>(t * kCrepeBins + bin)] = static_cast<uint8_t>(
          std::lround(kActivationTop * std::clamp(static_cast<double>(activation.at(bin, t)), 0.0, 1.0)));
  return result;
}

Activation stretched(const Activation& activation, double tempo_ratio) {
  if (!(tempo_ratio > 0))
    throw ConfigError(fmt::format("[crepe] a tempo ratio must be > 0, got {}", tempo_ratio));
  const int64_t frames = activation.frames();
  if (tempo_ratio == 1 || frames == 0) return activation;
  const auto count = std::max<int64_t>(1, std::llround(static_cast<double>(frames) / tempo_ratio));
  Activation result;
  result.values.reserve(static_cast<size_t>(count * kCrepeBins));
  for (int64_t t = 0; t < count; ++t) {
    const auto from =
        activation.frame(std::min<int64_t>(frames - 1, std::llround(static_cast<double>(t) * tempo_ratio)));
    result.values.insert(result.values.end(), from.begin(), from.end());
  }
  return result;
}

double pitch_bin(std::span<const uint8_t> frame, double voicing) {
  const auto strongest = std::max_element(frame.begin(), frame.end());
  if (*strongest == 0 || *strongest < kActivationTop * voicing) return -1;
  const int64_t middle = strongest - frame.begin();
  const int64_t last = std::min(static_cast<int64_t>(frame.size()) - 1, middle + kPitchReach);
  double sum = 0, weights = 0;
  for (int64_t bin = std::max<int64_t>(0, middle - kPitchReach); bin <= last; ++bin) {
    const double weight = frame[static_cast<size_t>(bin)];
    sum += weight * static_cast<double>(bin);
    weights += weight;
  }
  return sum / weights;
}

bool has_pitch(const Activation& activation, double voicing) {
  for (int64_t t = 0; t < activation.frames(); ++t)
    if (pitch_bin(activation.frame(t), voicing) >= 0) return true;
  return false;
}

}  // namespace melomine::pitch
