#pragma once

#include <cmath>
#include <numbers>
#include <vector>

namespace melomine::evaluation {

/// A tone that holds each pitch for 0.4 s.
inline std::vector<float> tune(const std::vector<double>& pitches, double transposition) {
  std::vector<float> samples;
  double phase = 0;
  for (const double pitch : pitches) {
    const double hz = 440 * std::pow(2, (pitch + transposition - 69) / 12);
    for (int i = 0; i < 6400; ++i) {
      phase += 2 * std::numbers::pi * hz / 16000;
      samples.push_back(static_cast<float>(0.4 * std::sin(phase) + 0.1 * std::sin(2 * phase)));
    }
  }
  return samples;
}

inline const std::vector<std::vector<double>> kTunes{{60, 62, 64, 65, 67, 67, 60, 72},
                                                     {67, 64, 60, 64, 67, 72, 71, 69},
                                                     {60, 60, 67, 67, 69, 69, 67, 65},
                                                     {72, 71, 69, 67, 65, 64, 62, 60}};

}  // namespace melomine::evaluation
