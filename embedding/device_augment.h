#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "datasets/raw_clips.h"
#include "embedding/counter_noise.h"

namespace melomine::embedding {

/// What clips that are augmented have in common.
struct DeviceAugment {
  int64_t clip_samples = 0;    ///< N, of a clip when it is done
  int64_t margin_samples = 0;  ///< at either end of it, outside the window
  int sample_rate_hz = 16000;
  NormalNoise noise = counter_noise;
};

/// The source windows of clips as they are stored. @returns int16 [clips, length], in the memory of `raw`
torch::Tensor sources_of(const datasets::RawClips& raw);

/// What datasets::BatchMaker does to clips before they become images, for all of a batch at once on the
/// device: each is stretched, shifted and cut; then what happens to the voices; then what is heard beside
/// them.
/// @param sources  int16 [clips, length], those of `raw`, on the device
/// @returns [own clips, N]
/// @throws ConfigError for an effect that is not known on the device
torch::Tensor augmented(const torch::Tensor& sources, const datasets::RawClips& raw,
                        const DeviceAugment& augment);

}  // namespace melomine::embedding
