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

/// The source windows of clips. @param options  of the tensor, which lies where the processor reads and
/// writes
/// @returns float32 [clips, L], L the longest, zeros behind each
torch::Tensor side_by_side(const datasets::RawClips& raw, const torch::TensorOptions& options = {});

/// What datasets::BatchMaker does to clips before they become images, for all of a batch at once on the
/// device: each is stretched, shifted and cut; then what happens to the voices; then what is heard beside
/// them.
/// @param sources  [clips, L] float32, the source windows of `raw` with zeros behind each
/// @returns [own clips, N]
/// @throws ConfigError for an effect that is not known on the device
torch::Tensor augmented(const torch::Tensor& sources, const datasets::RawClips& raw,
                        const DeviceAugment& augment);

}  // namespace melomine::embedding
