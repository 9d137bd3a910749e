#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "melody/performance.h"
#include "tests/melody/tunes.h"

namespace melomine::testing {

/// One sign of life and no other.
inline melody::PerformanceConfig only(const std::function<void(melody::PerformanceConfig&)>& set) {
  melody::PerformanceConfig config = melody::exact_performance();
  set(config);
  return config;
}

inline melody::Performance perform(const melody::PerformanceConfig& config,
                                   const std::vector<dsp::Note>& notes, uint64_t seed, double hop_s = 0.01) {
  RandomStream random({seed});
  return melody::Performer(config).perform(notes, hop_s, random);
}

/// A hundred notes of .4 s on one pitch.
inline std::vector<dsp::Note> monotone() {
  return steady_tune(std::vector<double>(100, 60), 0.4);
}

}  // namespace melomine::testing
