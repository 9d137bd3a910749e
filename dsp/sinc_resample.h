#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::dsp {

/// Reads a signal at any constant speed, band-limited: out[i] is the value at sample i * step, with what lies
/// above the Nyquist frequency of the slower of both rates removed (Kaiser-windowed sinc, 64 phases
/// interpolated linearly, stop band about -70 dB). The signal is zero outside.
/// @param step   > 0; 1 gives the samples themselves
/// @param count  number of values returned
/// @throws ConfigError for a step out of (0, 64]
std::vector<float> sinc_resample(std::span<const float> samples, double step, int64_t count);

/// The kernel of sinc_resample: a tap at a distance of x samples is proportional to sinc(cutoff · x) ·
/// kaiser(x / half, beta); those of a phase add up to 1.
struct SincShape {
  int64_t phases = 0;  ///< fractions between two samples for which there are taps
  int64_t half = 0;    ///< taps on each side
  double cutoff = 0;   ///< relative to the Nyquist frequency
  double beta = 0;
};
/// @param step  in (0, 64]
SincShape sinc_shape(double step);

}  // namespace melomine::dsp
