#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// What was drawn for one clip.
struct ClipDraw {
  struct Applied {
    uint64_t stream = 0;  ///< names the transform's streams
    size_t entry = 0;     ///< of the list
    std::unique_ptr<ClipEffect> effect;
  };
  ClipShape shape;
  std::vector<Applied> effects;  ///< in the order of the list
};

/// A list of transforms, applied to the clips of batches.
class ClipPipeline {
 public:
  explicit ClipPipeline(std::vector<ClipTransformConfig> transforms);

  /// Each transform draws from a stream of its own, named by its type: one that is added, left out or
  /// changed leaves the draws of the others as they were.
  /// @param key  of the clip
  ClipDraw draw(uint64_t key) const;

  /// The types of the list.
  std::vector<std::string> types() const;

 private:
  struct Entry {
    ClipTransformConfig config;
    uint64_t draws = 0;    ///< names the stream that says whether and how it is applied
    uint64_t samples = 0;  ///< names the stream of what is drawn sample by sample
  };
  std::vector<Entry> entries_;
};

}  // namespace melomine::datasets
