#pragma once

#include <cstdint>

namespace melomine::synth {

/// Uniform white noise in [-1, 1), fast enough to be made sample by sample (xorshift32, Marsaglia 2003).
class WhiteNoise {
 public:
  explicit WhiteNoise(uint64_t seed) : state_(static_cast<uint32_t>(seed ^ (seed >> 32)) | 1u) {}
  float next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<float>(static_cast<int32_t>(state_)) * (1.0f / 2147483648.0f);
  }

 private:
  uint32_t state_;
};

}  // namespace melomine::synth
