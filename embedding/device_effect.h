#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/raw_clips.h"
#include "embedding/counter_noise.h"

namespace melomine::embedding {

/// What was drawn for the clips that an effect changes, and what is around them.
struct EffectCall {
  const datasets::DrawnEffects& drawn;         ///< of n clips
  std::vector<datasets::RecordingKind> kinds;  ///< [n]
  int sample_rate_hz = 16000;
  int64_t margin_samples = 0;  ///< at either end of a clip, outside the window
  torch::Tensor heard;         ///< [n, N] the clips heard by `add`; silence where there is none
  const NormalNoise& noise;

  /// One of the numbers of each clip. @returns [n, 1] float32 on the device
  torch::Tensor number(size_t index, torch::Device device) const;
};

/// The clips, changed; in neither place. @param clips  [n, N] float32 @returns the same shape
using EffectOfClips = torch::Tensor (*)(const torch::Tensor& clips, const EffectCall& call);

/// The effect of a datasets::TransformKind on many clips at once: its ClipEffect's `sing` and `add`.
struct DeviceEffect {
  std::string type;
  EffectOfClips sing = nullptr;  ///< null: nothing happens to the voice
  EffectOfClips add = nullptr;   ///< null: nothing is added
};

/// embedding/device_effect_catalog.cpp
const std::vector<DeviceEffect>& device_effects();
/// @throws ConfigError for a type that has no effect on the device
const DeviceEffect& device_effect(const std::string& type);
/// Their types.
std::vector<std::string> device_effect_types();

}  // namespace melomine::embedding
