#pragma once

#include <cstdint>
#include <vector>

#include "configs/binder.h"
#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// Which windows hold a voice, told by level alone (off by default). What is raised to full scale window by
/// window makes rests look alike, so windows of rests are better not compared. Of two levels that are set
/// both must be met: one relative to the recording (ours), and one of full scale (Kung 2025, section 3.2:
/// 0.02).
struct VoiceMask {
  double level_db = 0;  ///< a frame sounds when it is less than this under the loudest; 0: all windows count
  double share = 0.5;   ///< least share of a window's frames that sound, of those inside the recording
  double min_rms = 0;   ///< least mean of the RMS of a window's frames, of full scale (1); 0: any
  bool on() const { return level_db > 0 || min_rms > 0; }
};
void bind(configs::Binder& b, VoiceMask& c);

/// Analysis windows of a recording, the first from its start.
struct WindowGrid {
  int64_t windows = 0;
  double length_s = 0, step_s = 0;
};

/// Frames are those of `split_at_silence`; one belongs to the windows that hold its centre. Digital silence
/// has no voice.
/// @returns [windows] 1 where the window holds a voice, else 0
/// @throws ConfigError unless the mask is on and length and step are > 0
std::vector<uint8_t> voiced_windows(const AudioBuffer& audio, const WindowGrid& grid, const VoiceMask& mask);

}  // namespace melomine::dsp
