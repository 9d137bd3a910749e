#pragma once

#include <cstdint>
#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/voice_mask.h"

namespace melomine::dsp {

/// Which frames of a recording sound, relative to its loudest, and how loud they are; asks about windows
/// anywhere in it. Frames are those of `split_at_silence`. A bit a frame, with `min_rms` a number a frame
/// beside it. Safe to ask from several threads.
class VoicedFrames {
 public:
  /// @throws ConfigError unless the mask is on
  VoicedFrames(const AudioBuffer& audio, const VoiceMask& mask);
  /// Whether enough of the frames whose centres lie in [start_s, start_s + length_s) and in the recording
  /// sound, and they are loud enough in the mean. Digital silence has no voice.
  bool hold_voice(double start_s, double length_s) const;

 private:
  VoiceMask mask_;
  double frames_per_s_ = 0;
  std::vector<bool> sounds_;  ///< [frames]
  std::vector<double>
      rms_before_;  ///< [frames + 1] sum of the RMS of all frames before; empty without min_rms
};

}  // namespace melomine::dsp
