#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::synth {

/// One period of a waveform given by its harmonics, kept once for each octave of the fundamental with the
/// harmonics that fit under the Nyquist frequency, so that playing it never aliases.
class Wavetable {
 public:
  static constexpr int kBits = 11;
  static constexpr int kSize = 1 << kBits;

  /// @param amplitudes  of harmonics 1, 2, …; all have phase 0 of a sine
  Wavetable(std::span<const double> amplitudes, int sample_rate_hz);

  /// The table for fundamentals up to f0_hz, kSize + 1 values (the last repeats the first).
  const float* level(double f0_hz) const;

  /// Value at a phase of 2^32 a period, linear between the points.
  static float at(const float* table, uint32_t phase) {
    constexpr int kFractionBits = 32 - kBits;
    constexpr float kScale = 1.0f / static_cast<float>(1u << kFractionBits);
    const uint32_t index = phase >> kFractionBits;
    const float fraction = static_cast<float>(phase & ((1u << kFractionBits) - 1)) * kScale;
    return table[index] + fraction * (table[index + 1] - table[index]);
  }
  /// Phase step a sample for a fundamental.
  static uint32_t step(double f0_hz, int sample_rate_hz) {
    return static_cast<uint32_t>(f0_hz / sample_rate_hz * 4294967296.0);
  }

 private:
  int sample_rate_hz_;
  std::vector<int> harmonics_;  ///< of each level, falling
  std::vector<std::vector<float>> levels_;
};

/// Amplitudes 1 / h^exponent of `count` harmonics; even ones scaled by `even` (1 = saw, 0 = clarinet-like).
std::vector<double> power_law_harmonics(int count, double exponent, double even = 1.0);

/// Equal-tempered pitch to frequency: 69 is 440 Hz.
double pitch_to_hz(double pitch_midi);

}  // namespace melomine::synth
