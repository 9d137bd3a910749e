#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "core/random.h"

namespace melomine::testing {

inline std::vector<float> sine_wave(double frequency_hz, double amplitude, size_t samples,
                                    double rate_hz = 16000) {
  std::vector<float> out(samples);
  for (size_t n = 0; n < samples; ++n)
    out[n] = static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(n) / rate_hz + 0.3));
  return out;
}

inline std::vector<float> white_noise(size_t samples, uint64_t seed) {
  RandomStream random{seed, stream_id("white_noise")};
  std::vector<float> out(samples);
  for (float& value : out) value = static_cast<float>(random.normal(0, 0.1));
  return out;
}

/// From the reference up to f.
inline double cents(double f, double reference) {
  return 1200 * std::log2(f / reference);
}

/// ‖a - b‖ / ‖b‖
template <class A, class B>
double relative_error(const A& a, const B& b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    difference += d * d;
    norm += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return std::sqrt(difference / norm);
}

}  // namespace melomine::testing
