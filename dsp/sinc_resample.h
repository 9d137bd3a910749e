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

}  // namespace melomine::dsp
