#pragma once

#include <vector>

#include "dsp/ffmpeg_handles.h"

namespace melomine::dsp {

/// What the channels of a recording hold and what is left of it in their average, frame by frame.
class ChannelLevels {
 public:
  /// @returns whether all samples are finite numbers; if not, nothing is counted
  bool add(const AVFrame& frame);

  /// Whether the average loses the recording: for most of the time in which the channels sound they cancel
  /// each other out, to less than 0.5 % of their power (-23 dB), as opposite channels do.
  bool average_cancels() const { return 2 * cancelled_s_ > sounding_s_; }

  /// The channel with the most energy.
  int loudest() const;

 private:
  std::vector<double> energy_;  // [channels]
  double sounding_s_ = 0, cancelled_s_ = 0;
};

}  // namespace melomine::dsp
