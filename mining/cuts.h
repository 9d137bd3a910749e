#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/silence.h"

namespace melomine::mining {

/// Neighbours with a pause below `pause_samples` between them become one while it is at most `max_samples`
/// long, from left to right (Algorithm 1, line 3).
std::vector<dsp::SampleInterval> bridge_pauses(std::span<const dsp::SampleInterval> stretches,
                                               double pause_samples, double max_samples);

/// Allowed lengths of a fragment: strictly between.
struct LengthRange {
  double min_samples = 0, max_samples = 0;
  bool holds(const dsp::SampleInterval& s) const {
    return static_cast<double>(s.length()) > min_samples && static_cast<double>(s.length()) < max_samples;
  }
};

/// Ours: a stretch cut into pieces of allowed lengths where it is quietest: of all ways to cut it at frames,
/// the one with the least sum of the frames' rms. Of equals the one whose last cuts come first.
/// @param rms  [frames] of the whole recording
/// @returns the pieces in time order; none where no cuts leave only allowed lengths
std::vector<dsp::SampleInterval> cut_at_quiet_frames(const dsp::SampleInterval& stretch,
                                                     std::span<const float> rms, int64_t hop_samples,
                                                     const LengthRange& lengths);

}  // namespace melomine::mining
