#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "datasets/clip_shape.h"
#include "datasets/recording.h"

namespace melomine::datasets {

/// What a transform of samples has drawn for some clips of a batch.
struct DrawnEffects {
  std::string type;                          ///< of the transform
  std::vector<int64_t> clips;                ///< [n] of RawClips, ascending
  std::vector<std::vector<double>> numbers;  ///< [n] ClipEffect::numbers
  std::vector<uint64_t> keys;                ///< [n] of what is drawn sample by sample, by whoever draws it
  std::vector<int64_t> heard;                ///< [n] of RawClips, the clip that `add` is given; -1: none
};

/// Clips as they were read, with all that was drawn for them, for who augments them later, many at once.
struct RawClips {
  int64_t own = 0;                ///< the first so many are the batch's rows; the others are heard by them
  std::vector<ClipShape> shapes;  ///< [clips]
  /// [clips, length] source windows as they are stored, zeros behind each; there may be more behind all.
  std::shared_ptr<const std::vector<int16_t>> sources;
  int64_t length = 0;                 ///< of the longest source window, in samples
  std::vector<RecordingKind> kinds;   ///< [clips]
  std::vector<DrawnEffects> effects;  ///< in the order of the list of transforms

  int64_t size() const { return static_cast<int64_t>(shapes.size()); }
};

}  // namespace melomine::datasets
