#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace melomine::datasets {

/// Gaussian noise whose power falls as 1 / f^colour between 20 Hz and a quarter of the sample rate (within
/// 1.5 dB), and more slowly above.
/// White noise (colour 0) has unit power; the power of the others is left as it falls out.
/// @param colour  in [0, 2]: 0 white, 1 pink, 2 brown
/// @throws ConfigError for a colour out of range
std::vector<float> coloured_noise(int64_t count, double colour, int sample_rate_hz, RandomStream& random);

/// y[n] = x[n] - zero · x[n-1] + pole · y[n-1]
struct ColourSection {
  float zero = 0, pole = 0;
};
inline constexpr size_t kColourSections = 6;

/// The filter that colours white noise: sections one behind the other, a slope of -3 · colour dB per octave
/// as poles and zeros in turn, evenly spaced in log frequency; the nearer a zero is to the pole below it, the
/// flatter the slope. At colour 0 they take each other out. @param colour  in [0, 2]
std::array<ColourSection, kColourSections> colour_sections(double colour, int sample_rate_hz);

}  // namespace melomine::datasets
