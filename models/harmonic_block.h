#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>

#include "core/random.h"
#include "models/layers.h"
#include "models/sequence_layers.h"

namespace melomine::models {

/// Kernels of the three convolutions along frequency of one harmonic block, in bins.
using HarmonicKernels = std::array<int64_t, 3>;

/// Full, mid and tiny: 1, 3.5 and 6 octaves; 1, 2.5 and 4; 1, 1.5 and 2. At 12 bins an octave 12/42/72,
/// 12/30/48 and 12/18/24 (Kung 2025, table 3-1).
/// @param bins_per_octave  even
std::array<HarmonicKernels, 3> harmonic_kernels(int64_t bins_per_octave);

/// Harmonic block (Kung 2025, section 3.3.2, after HANet) over an image of one channel. Two 3x3 convolutions,
/// each with batch norm and ReLU, widen it to 3 channels. Temporal branch: average of 3 places along time,
/// 1-D convolution of kernel 3 along time, 3 channels. Frequency branch: average of 3 places along frequency,
/// three 1-D convolutions along frequency, a channel each. The product of the branches is the output.
class HarmonicBlock : public torch::nn::Module {
 public:
  HarmonicBlock(const HarmonicKernels& kernels, const RandomStream& random);
  /// @param x  [B, 1, F, T] @returns [B, 3, F, T]
  torch::Tensor forward(const torch::Tensor& x);

  static constexpr int64_t kChannels = 3;

 private:
  std::shared_ptr<Convolution> conv1_, conv2_;
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  std::shared_ptr<AxisConvolution> temporal_;
  std::array<std::shared_ptr<AxisConvolution>, 3> frequency_;
};

/// The three harmonic blocks side by side, fused by channel attention: of their 9 channels the mean over all
/// places goes through two linear maps (9 → 3, ReLU, 3 → 9, sigmoid; Hu et al. 2018) to one weight a channel;
/// a 1x1 convolution without bias then makes one channel of the weighted nine, which is added to the image.
class HarmonicBlocks : public torch::nn::Module {
 public:
  /// @param bins_per_octave  even
  HarmonicBlocks(int64_t bins_per_octave, const RandomStream& random);
  /// @param x  [B, 1, F, T] @returns the same shape
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::array<std::shared_ptr<HarmonicBlock>, 3> blocks_;
  std::shared_ptr<Linear> squeeze_, excite_;
  std::shared_ptr<AxisConvolution> fuse_;
};

}  // namespace melomine::models
