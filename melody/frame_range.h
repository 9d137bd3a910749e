#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace melomine::melody {

/// Half-open range of frames.
struct FrameRange {
  int64_t begin = 0, end = 0;
};

/// The frames of a contour whose centres (t + 1/2) · hop_s lie in [start_s, end_s), as dsp::contour_of has
/// them.
inline FrameRange frames_between(double start_s, double end_s, double hop_s, int64_t frames) {
  const auto begin = static_cast<int64_t>(std::ceil(std::max(0.0, start_s / hop_s - 0.5)));
  const auto end = std::min(frames, static_cast<int64_t>(std::ceil(end_s / hop_s - 0.5)));
  return {begin, std::max(begin, end)};
}

}  // namespace melomine::melody
