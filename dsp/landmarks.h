#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::dsp {

/// A pair of spectral peaks of a recording: what is the same in another copy of it, however coded, scaled,
/// resampled or cut (A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003).
struct Landmark {
  uint32_t hash = 0;  ///< < 2^kLandmarkHashBits: frequency of the first peak, steps in frequency and time
  int32_t frame = 0;  ///< of the first peak; frame t lies at t * kLandmarkHop_s
};

inline constexpr int kLandmarkHashBits = 22;
inline constexpr double kLandmarkHop_s = 0.032;

/// The landmarks of mono audio, by frame: about 40 a second of music, fewer of a lone voice, none of silence.
/// Peaks are maxima of the log spectrum from 250 to 3,500 Hz, high-passed along time so that onsets count
/// more than what lasts (D. Ellis, "Robust Landmark-Based Audio Fingerprinting", 2009); each pairs with a few
/// that follow within 2 s. Another key or tempo has other landmarks, so a cover or a hum of the tune shares
/// few.
/// @param samples         [N] in -1..1
/// @param sample_rate_hz  below 8000 there are fewer
/// @throws ConfigError for a rate above 512 kHz
std::vector<Landmark> landmarks_of(std::span<const float> samples, int sample_rate_hz);

}  // namespace melomine::dsp
