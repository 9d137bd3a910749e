#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/audio_reader.h"
#include "datasets/sampler.h"

namespace melomine::datasets {

/// Draws windows of a sampler's plans again in which a clip holds no voice (ours). A recording is read whole
/// when it is first asked about, for its loudest frame, and remembered by a bit a frame.
class VoicedDraws {
 public:
  struct Settings {
    dsp::VoiceMask mask;
    double window_s = 3;
    int sample_rate_hz = 16000;
    SamplerSeed seed;
  };
  /// @param groups  must outlive this
  /// @throws ConfigError unless the mask is on
  VoicedDraws(const std::vector<FragmentGroup>& groups, AudioReader reader, const Settings& settings);
  ~VoicedDraws();

  /// Where any clip of a group holds no voice, another place within the group, uniform, up to 16 times; the
  /// last one stays. Groups shorter than the window have no other place. From (seed, round, step) and the
  /// plan alone; safe to call from several threads.
  /// @throws DataError when a recording cannot be read
  BatchPlan redrawn(BatchPlan plan) const;

 private:
  struct Recording;
  bool holds_voice(const ClipPlan& clip) const;

  const std::vector<FragmentGroup>& groups_;
  AudioReader reader_;
  Settings settings_;
  std::unordered_map<std::string, std::unique_ptr<Recording>> recordings_;
};

}  // namespace melomine::datasets
