#pragma once

#include <span>
#include <vector>

namespace melomine::dsp {

/// Changes the tempo and keeps the pitch (WSOLA). @param rate  > 1 is faster; output length round(n / rate)
std::vector<float> time_stretch(std::span<const float> samples, double rate, int sample_rate_hz);

/// Moves the pitch and keeps the length. @param semitones  any real, 1 = 100 cents up
std::vector<float> pitch_shift(std::span<const float> samples, double semitones, int sample_rate_hz);

/// Both at once, cheaper than one after the other: output length round(n / rate).
std::vector<float> stretch_and_shift(std::span<const float> samples, double rate, double semitones,
                                     int sample_rate_hz);

}  // namespace melomine::dsp
