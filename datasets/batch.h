#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace melomine::datasets {

/// What the trainer feeds to the encoder for one step.
struct Batch {
  int64_t step = 0;
  int64_t size = 0, bins = 0, frames = 0;
  std::vector<float> features;       ///< [size, bins, frames]: the images that ClipImages draws
  std::vector<int64_t> groups;       ///< [size]; equal = positives of each other
  std::vector<int64_t> songs;        ///< [size]; index of the song, for classification losses
  std::vector<int64_t> recordings;   ///< [size]; index of the recording each clip is of
  std::vector<int64_t> domains;      ///< [size]; 0 singing, 1 humming
  std::vector<uint8_t> same_melody;  ///< [size, size]; 1 where two clips are of one song and nothing says
                                     ///< that they are of different stretches of it, else 0
};

}  // namespace melomine::datasets
