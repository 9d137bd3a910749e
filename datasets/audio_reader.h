#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace melomine::datasets {

/// What a stored sample of 1 counts.
inline constexpr float kSampleScale = 1.0f / 32768.0f;

/// The audio of recordings by their ids. Called from several threads.
struct AudioReader {
  /// Samples from sample `start` on, as they are stored; what lies outside the recording is 0.
  std::function<void(const std::string& recording_id, int64_t start, std::span<int16_t> out)> read;
  /// Of the whole recording; needed where a voice mask is on.
  std::function<int64_t(const std::string& recording_id)> length_samples;

  /// All samples of a recording, / 32768.
  std::vector<float> read_all(const std::string& recording_id) const;
};

/// samples / 32768
std::vector<float> to_float(std::span<const int16_t> samples);

}  // namespace melomine::datasets
