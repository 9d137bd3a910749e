#pragma once

#include <array>

#include "synth/voice.h"

namespace melomine::synth {

constexpr int kFormants = 5;

/// Resonances of the vocal tract at one moment.
struct FormantState {
  std::array<double, kFormants> hz{};
  std::array<double, kFormants> bandwidth_hz{};
  std::array<double, kFormants> gain{};  ///< linear, of each resonance's peak

  /// In between two states.
  static FormantState blend(const FormantState& a, const FormantState& b, double share_of_b);
};

/// Average adult male formants (Peterson and Barney 1952 for F1..F3), scaled to the tract.
FormantState formants_of(Vowel vowel, const VoiceTimbre& timbre);

/// Two-pole resonators in parallel, all advanced together.
class FormantFilter {
 public:
  /// @param f0_hz  the first formant is kept at or above it, as singers do
  void set(const FormantState& state, double f0_hz, int sample_rate_hz);

  float process(float x) {
    float sum = kDirect * x;
    for (int i = 0; i < kLanes; ++i) {
      const float y = b_[i] * x + a1_[i] * y1_[i] + a2_[i] * y2_[i];
      y2_[i] = y1_[i];
      y1_[i] = y;
      sum += y;
    }
    return sum;
  }
  void reset() { y1_ = y2_ = {}; }

 private:
  static constexpr int kLanes = 8;  // padded for SIMD
  static constexpr float kDirect = 0.01f;
  alignas(32) std::array<float, kLanes> b_{}, a1_{}, a2_{}, y1_{}, y2_{};
};

}  // namespace melomine::synth
