#include "datasets/coloured_noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/text.h"

namespace melomine::datasets {
namespace {

constexpr double kMaxColour = 2;
constexpr double kLowestHz = 15;

/// Normal numbers by Marsaglia and Tsang's ziggurat (2000), 128 layers: one draw of bits is enough for 98 of
/// 100, which makes noise ten times cheaper than Box-Muller.
class Ziggurat {
 public:
  Ziggurat() {
    // Right end of the base layer and area of a layer, as published for 128 layers.
    constexpr double kArea = 9.91256303526217e-3;
    const auto density = [](double x) { return std::exp(-0.5 * x * x); };
    edge_[0] = kArea / density(kTail);
    edge_[1] = kTail;
    for (size_t i = 2; i < kLayers; ++i)
      edge_[i] = std::sqrt(-2 * std::log(kArea / edge_[i - 1] + density(edge_[i - 1])));
    edge_[kLayers] = 0;
    for (size_t i = 0; i <= kLayers; ++i) density_[i] = density(edge_[i]);
  }

  double draw(RandomStream& random) const {
    for (;;) {
      const uint64_t bits = random.bits();
      const size_t layer = bits & (kLayers - 1);
      const double x = (static_cast<double>(bits >> 11) * 0x1.0p-52 - 1) * edge_[layer];
      if (std::abs(x) < edge_[layer + 1]) return x;
      if (layer == 0) return x < 0 ? -tail(random) : tail(random);
      const double height = density_[layer] + random.uniform() * (density_[layer + 1] - density_[layer]);
      if (height < std::exp(-0.5 * x * x)) return x;
    }
  }

 private:
  static constexpr size_t kLayers = 128;
  static constexpr double kTail = 3.442619855899;

  /// Beyond the base layer, by Marsaglia's exponential rejection.
  static double tail(RandomStream& random) {
    double x, y;
    do {
      x = -std::log(1 - random.uniform()) / kTail;
      y = -std::log(1 - random.uniform());
    } while (2 * y < x * x);
    return kTail + x;
  }

  std::array<double, kLayers + 1> edge_{}, density_{};
};

/// A section at work.
struct Section : ColourSection {
  float last_x = 0, last_y = 0;
};

}  // namespace

std::array<ColourSection, kColourSections> colour_sections(double colour, int sample_rate_hz) {
  std::array<ColourSection, kColourSections> sections;
  const double spacing = std::pow(0.5 * sample_rate_hz / kLowestHz, 1.0 / kColourSections);
  const double share = colour / kMaxColour;
  for (size_t k = 0; k < kColourSections; ++k) {
    const double middle_hz = kLowestHz * std::pow(spacing, static_cast<double>(k) + 0.5);
    const double pole_hz = middle_hz * std::pow(spacing, -0.5 * share);
    const double zero_hz = middle_hz * std::pow(spacing, 0.5 * share);
    const auto root = [&](double hz) {
      return static_cast<float>(std::exp(-2 * std::numbers::pi * hz / sample_rate_hz));
    };
    sections[k].pole = root(pole_hz);
    sections[k].zero = root(zero_hz);
  }
  return sections;
}

std::vector<float> coloured_noise(int64_t count, double colour, int sample_rate_hz, RandomStream& random) {
  if (!(colour >= 0 && colour <= kMaxColour))
    throw ConfigError("[noise] colour must be in [0, 2], got " + format_number(colour));
  static const Ziggurat normal;
  std::vector<float> noise(static_cast<size_t>(count));
  for (float& value : noise) value = static_cast<float>(normal.draw(random));
  if (colour == 0) return noise;
  std::array<Section, kColourSections> sections;
  std::ranges::transform(colour_sections(colour, sample_rate_hz), sections.begin(),
                         [](const ColourSection& section) { return Section{section}; });
  for (float& value : noise) {
    float x = value;
    for (Section& s : sections) {
      const float y = x - s.zero * s.last_x + s.pole * s.last_y;
      s.last_x = x;
      s.last_y = y;
      x = y;
    }
    value = x;
  }
  return noise;
}

}  // namespace melomine::datasets
