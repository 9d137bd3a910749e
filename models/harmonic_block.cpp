#include "models/harmonic_block.h"

#include <string>
#include <vector>

#include "models/batch_norm.h"

namespace melomine::models {
namespace {

/// Mean of up to 3 neighbours along an axis, of those inside the image.
torch::Tensor smooth_along_time(const torch::Tensor& x) {
  return torch::avg_pool2d(x, {1, 3}, 1, {0, 1}, /*ceil_mode=*/false, /*count_include_pad=*/false);
}
torch::Tensor smooth_along_frequency(const torch::Tensor& x) {
  return torch::avg_pool2d(x, {3, 1}, 1, {1, 0}, /*ceil_mode=*/false, /*count_include_pad=*/false);
}

}  // namespace

std::array<HarmonicKernels, 3> harmonic_kernels(int64_t bins_per_octave) {
  const int64_t octave = bins_per_octave, half = bins_per_octave / 2;
  return {{{octave, 3 * octave + half, 6 * octave},
           {octave, 2 * octave + half, 4 * octave},
           {octave, octave + half, 2 * octave}}};
}

HarmonicBlock::HarmonicBlock(const HarmonicKernels& kernels, const RandomStream& random) {
  using Shape = Convolution::Shape;
  conv1_ = register_module("conv1", std::make_shared<Convolution>(Shape{1, kChannels, 3}, random.child(0)));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(kChannels));
  conv2_ = register_module("conv2",
                           std::make_shared<Convolution>(Shape{kChannels, kChannels, 3}, random.child(1)));
  bn2_ = register_module("bn2", torch::nn::BatchNorm2d(kChannels));
  temporal_ = register_module(
      "temporal",
      std::make_shared<AxisConvolution>(
          AxisConvolution::Shape{kChannels, kChannels, /*kernel_f=*/1, /*kernel_t=*/3}, random.child(2)));
  for (size_t i = 0; i < kernels.size(); ++i)
    frequency_[i] = register_module(
        "frequency" + std::to_string(i + 1),
        std::make_shared<AxisConvolution>(AxisConvolution::Shape{kChannels, 1, kernels[i], /*kernel_t=*/1},
                                          random.child(3 + i)));
}

torch::Tensor HarmonicBlock::forward(const torch::Tensor& x) {
  auto y = batch_norm(*bn1_, conv1_->forward(x)).relu_();
  y = batch_norm(*bn2_, conv2_->forward(y)).relu_();
  const auto smooth = smooth_along_frequency(y);
  std::vector<torch::Tensor> harmonics;
  harmonics.reserve(frequency_.size());
  for (const auto& convolution : frequency_) harmonics.push_back(convolution->forward(smooth));
  return torch::cat(harmonics, 1) * temporal_->forward(smooth_along_time(y));
}

HarmonicBlocks::HarmonicBlocks(int64_t bins_per_octave, const RandomStream& random) {
  const std::array<const char*, 3> names = {"full", "mid", "tiny"};
  const auto kernels = harmonic_kernels(bins_per_octave);
  for (size_t i = 0; i < blocks_.size(); ++i)
    blocks_[i] = register_module(names[i], std::make_shared<HarmonicBlock>(kernels[i], random.child(i)));
  constexpr int64_t kAll = 3 * HarmonicBlock::kChannels;
  squeeze_ = register_module("squeeze", std::make_shared<Linear>(kAll, kAll / 3, random.child(3)));
  excite_ = register_module("excite", std::make_shared<Linear>(kAll / 3, kAll, random.child(4)));
  fuse_ =
      register_module("fuse", std::make_shared<AxisConvolution>(
                                  AxisConvolution::Shape{kAll, 1, 1, 1, 1, /*bias=*/false}, random.child(5)));
}

torch::Tensor HarmonicBlocks::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> outputs;
  outputs.reserve(blocks_.size());
  for (const auto& block : blocks_) outputs.push_back(block->forward(x));
  const auto all = torch::cat(outputs, 1);
  const auto shares = torch::sigmoid(excite_->forward(squeeze_->forward(all.mean({2, 3})).relu()));
  return x + fuse_->forward(all * shares.unsqueeze(2).unsqueeze(3));
}

}  // namespace melomine::models
