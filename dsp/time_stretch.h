#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::dsp {

/// Changes the tempo and keeps the pitch (WSOLA: Verhelst and Roelands 1993). What happens at t in the input
/// happens within 30 ms of t / rate in the output; the deviation does not grow along the signal.
/// @param rate  in [0.25, 4], > 1 is faster; output length round(n / rate)
/// @throws ConfigError for a rate out of range
std::vector<float> time_stretch(std::span<const float> samples, double rate, int sample_rate_hz);

/// Moves the pitch and keeps the length; formants move along (stretching, then sinc resampling).
/// @param semitones  in [-24, 24], 1 = 100 cents up
/// @throws ConfigError for an interval out of range
std::vector<float> pitch_shift(std::span<const float> samples, double semitones, int sample_rate_hz);

/// Both at once, cheaper than one after the other: output length round(n / rate).
std::vector<float> stretch_and_shift(std::span<const float> samples, double rate, double semitones,
                                     int sample_rate_hz);

/// What stretch_and_shift does to so many samples: WSOLA, then a resampling.
struct StretchPlan {
  double tempo = 1;       ///< of WSOLA (dsp/wsola.h); 1: there is none
  int64_t stretched = 0;  ///< samples after it
  double speed = 1;       ///< at which sinc_resample then reads; 1: not at all
  int64_t count = 0;      ///< samples of the result
};
/// @throws ConfigError as stretch_and_shift
StretchPlan plan_stretch(int64_t samples, double rate, double semitones, int sample_rate_hz);

}  // namespace melomine::dsp
