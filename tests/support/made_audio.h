#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "datasets/audio_reader.h"

namespace melomine::testing {

/// A sample as it is stored. @param value  from -1 to 1
inline int16_t stored_sample(double value) {
  return static_cast<int16_t>(std::clamp(std::round(value * 32768), -32768.0, 32767.0));
}

/// Recordings without an end. @param value_at  from -1 to 1, of a recording's samples from 0 on
inline datasets::AudioReader reader_of(std::function<double(const std::string&, int64_t)> value_at) {
  const auto read = [value_at = std::move(value_at)](const std::string& id, int64_t start,
                                                     std::span<int16_t> out) {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = stored_sample(value_at(id, start + static_cast<int64_t>(i)));
  };
  return {.read = read, .length_samples = {}};
}

/// @param audio  samples from -1 to 1 by recording; must outlive the reader
inline datasets::AudioReader reader_of(const std::map<std::string, std::vector<float>>& audio) {
  datasets::AudioReader reader = reader_of([&audio](const std::string& id, int64_t sample) -> double {
    const std::vector<float>& all = audio.at(id);
    return 0 <= sample && sample < static_cast<int64_t>(all.size()) ? all[static_cast<size_t>(sample)] : 0.0F;
  });
  reader.length_samples = [&audio](const std::string& id) {
    return static_cast<int64_t>(audio.at(id).size());
  };
  return reader;
}

}  // namespace melomine::testing
