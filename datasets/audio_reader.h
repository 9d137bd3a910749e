#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace melomine::datasets {

/// The audio of recordings by their ids. Called from several threads.
struct AudioReader {
  /// `count` samples from sample `start` on; what lies outside the recording is 0.
  std::function<std::vector<float>(const std::string& recording_id, int64_t start, int64_t count)> read;
  /// Of the whole recording; needed where a voice mask is on.
  std::function<int64_t(const std::string& recording_id)> length_samples;
};

}  // namespace melomine::datasets
