#pragma once

#include <cstdint>
#include <vector>

namespace melomine::dsp {

/// A linear-phase half-band low-pass for halving the rate: a Kaiser-windowed sinc of 4 * kHalfBandSides - 1
/// taps. Every second tap is 0 but the middle one, 1/2; by symmetry `half_band_side_taps` are all there is to
/// know. Gain 1 at 0 Hz. Up to kHalfBandPass of the *output* rate, error and aliases stay below -85 dB.
inline constexpr int64_t kHalfBandSides = 10;
inline constexpr double kHalfBandPass = 0.35;

/// [kHalfBandSides] taps at distance 1, 3, 5, … from the middle.
const std::vector<float>& half_band_side_taps();

/// Gain at a frequency given as a fraction of the *input* rate, 0 .. 0.5.
double half_band_gain(double frequency);

}  // namespace melomine::dsp
