#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// Half-open interval [start, end) in samples.
struct SampleInterval {
  int64_t start = 0;
  int64_t end = 0;
  int64_t length() const { return end - start; }
  friend bool operator==(const SampleInterval&, const SampleInterval&) = default;
};

struct SilenceConfig {
  double level_db = 60;  ///< a frame is silent when 20 log10(rms / max rms) <= -level_db
  int64_t frame_samples = 2048;
  int64_t hop_samples = 512;
};

/// The stretches between silences, in time order (CHAD's Algorithm 1, line 2; `librosa.effects.split`).
/// Unlike librosa, level is relative to the loudest frame however quiet that is, and digital silence has no
/// stretch.
/// @throws ConfigError unless level, frame and hop are > 0
std::vector<SampleInterval> split_at_silence(std::span<const float> samples,
                                             const SilenceConfig& config = {});

/// The same from the audio's frame levels (`frame_rms`), to split one recording at several levels.
/// @param rms           [frames]
/// @param audio_samples length of the audio, where the last stretch ends at the latest
std::vector<SampleInterval> split_at_silence(std::span<const float> rms, int64_t audio_samples,
                                             const SilenceConfig& config);

/// Cuts the ends that lie this far under the loudest frame; digital silence stays as it is.
/// @param level_db  0: nothing is cut
/// @returns seconds cut at the start
double trim_ends(AudioBuffer& audio, double level_db);

}  // namespace melomine::dsp
