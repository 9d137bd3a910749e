#pragma once

#include <cstdint>

#include "core/random.h"
#include "datasets/batch.h"

namespace melomine::trainer {

inline constexpr int64_t kBins = 36, kFrames = 32, kClips = 8;

/// Four groups of two; a group is a stripe at its own height, so there is something to learn.
/// @param rows   the clips that have an image here; the domains of others are not known
/// @param noise  the greatest value of what lies over the stripes
inline datasets::Batch striped_batch(int64_t step, datasets::BatchRows rows = {0, kClips},
                                     double noise = 0.1) {
  datasets::Batch batch;
  batch.step = step;
  batch.size = kClips;
  batch.bins = kBins;
  batch.frames = kFrames;
  batch.rows = rows;
  RandomStream random({9, static_cast<uint64_t>(step)});
  for (int64_t i = 0; i < kClips; ++i) {
    const int64_t group = i / 2;
    batch.groups.push_back(group);
    batch.songs.push_back(group);
    batch.domains.push_back(rows.holds(i) ? i % 2 : 0);
    batch.recordings.push_back(i);
    for (int64_t f = 0; f < kBins; ++f)
      for (int64_t t = 0; t < kFrames; ++t) {
        const double value = (f / 9 == group ? 0.8 : 0.1) + noise * random.uniform();
        if (rows.holds(i)) batch.features.push_back(static_cast<float>(value));
      }
    for (int64_t other = 0; other < kClips; ++other) batch.same_melody.push_back(other / 2 == group);
  }
  return batch;
}

}  // namespace melomine::trainer
