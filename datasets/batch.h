#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/raw_clips.h"

namespace melomine::datasets {

/// Clips of a batch that are neighbours: those whose images one of several processes makes.
struct BatchRows {
  int64_t first = 0, end = INT64_MAX;
  /// Those of them that a batch of so many clips has.
  BatchRows within(int64_t clips) const { return {std::min(first, clips), std::min(end, clips)}; }
  /// The same clips, counted from behind so many others.
  BatchRows behind(int64_t clips) const {
    return {std::max<int64_t>(0, first - clips), end == INT64_MAX ? end : std::max<int64_t>(0, end - clips)};
  }
  int64_t size() const { return end - first; }
  bool holds(int64_t clip) const { return first <= clip && clip < end; }
};

/// What the trainer feeds to the encoder for one step.
struct Batch {
  int64_t step = 0;
  int64_t size = 0, bins = 0, frames = 0;
  BatchRows rows = {0, 0};           ///< of `size` clips, those that have an image here
  std::vector<float> features;       ///< [rows, bins, frames]: the images that ClipImages draws
  std::optional<RawClips> raw;       ///< where clips are augmented later: they, and features are empty
  std::vector<int64_t> groups;       ///< [size]; equal = positives of each other
  std::vector<int64_t> songs;        ///< [size]; index of the song, for classification losses
  std::vector<int64_t> recordings;   ///< [size]; index of the recording each clip is of
  std::vector<int64_t> domains;      ///< [size]; 0 singing, 1 humming
  std::vector<uint8_t> same_melody;  ///< [size, size]; 1 where two clips are of one song and nothing says
                                     ///< that they are of different stretches of it, else 0
};

}  // namespace melomine::datasets
