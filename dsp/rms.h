#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::dsp {

/// Root mean square of each centred, zero-padded frame. @returns [1 + samples / hop]
/// @throws ConfigError unless frame and hop are > 0
std::vector<float> frame_rms(std::span<const float> samples, int64_t frame_samples = 2048,
                             int64_t hop_samples = 512);

}  // namespace melomine::dsp
