#pragma once

#include <cstdint>
#include <vector>

namespace melomine::dsp {

/// Mono audio. Samples lie in [-1, 1] where they come from a file.
struct AudioBuffer {
  std::vector<float> samples;
  int sample_rate_hz = 16000;

  double duration_s() const { return static_cast<double>(samples.size()) / sample_rate_hz; }
};

}  // namespace melomine::dsp
