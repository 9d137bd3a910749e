#include "models/harmonic_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/checkpoint.h"

namespace melomine::models {
namespace {

using ::testing::ElementsAre;

constexpr HarmonicKernels kKernels = {4, 7, 12};

/// A block in evaluation whose two convolutions hand an image of values >= 0 to each of the three channels.
/// What the branches do is left to be set.
HarmonicBlock passing_block() {
  HarmonicBlock block(kKernels, RandomStream({2}));
  block.eval();
  torch::NoGradGuard no_grad;
  TensorMap w = module_state(block);
  for (const auto& [name, tensor] : w)
    if (tensor.is_floating_point() && name.rfind("bn", 0) != 0) tensor.zero_();
  for (const char* bn : {"bn1", "bn2"}) w.at(bn + std::string(".weight")).fill_(std::sqrt(1 + 1e-5));
  for (int64_t c = 0; c < HarmonicBlock::kChannels; ++c) {
    w.at("conv1.weight")[c][0][1][1] = 1;
    w.at("conv2.weight")[c][c][1][1] = 1;
  }
  return block;
}

/// An image that is 1 at one place and 0 elsewhere.
torch::Tensor impulse(int64_t bins, int64_t frames, int64_t bin, int64_t frame) {
  auto x = torch::zeros({1, 1, bins, frames});
  x[0][0][bin][frame] = 1;
  return x;
}

TEST(HarmonicBlock, KernelsAreThoseOfTheThesisAtTwelveBinsAnOctave) {
  const auto kernels = harmonic_kernels(12);
  EXPECT_THAT(kernels[0], ElementsAre(12, 42, 72));
  EXPECT_THAT(kernels[1], ElementsAre(12, 30, 48));
  EXPECT_THAT(kernels[2], ElementsAre(12, 18, 24));
  const auto original = harmonic_kernels(60);
  EXPECT_THAT(original[0], ElementsAre(60, 210, 360));
  EXPECT_THAT(original[1], ElementsAre(60, 150, 240));
  EXPECT_THAT(original[2], ElementsAre(60, 90, 120));
}

TEST(HarmonicBlock, FrequencyBranchSumsASmoothedLineOverEachKernel) {
  HarmonicBlock block = passing_block();
  torch::NoGradGuard no_grad;
  TensorMap w = module_state(block);
  w.at("temporal.bias").fill_(1);
  for (int i = 1; i <= 3; ++i) w.at("frequency" + std::to_string(i) + ".weight").select(1, i - 1).fill_(1);
  const int64_t bins = 40, line = 17;
  const auto x = impulse(bins, 1, line, 0).expand({1, 1, bins, 5}).contiguous();
  const auto y = block.forward(x);
  ASSERT_EQ(y.sizes(), (std::vector<int64_t>{1, 3, bins, 5}));
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t f = 0; f < bins; ++f) {
      const int64_t k = kKernels[static_cast<size_t>(c)];
      const int64_t from = std::max(f - (k - 1) / 2, line - 1), to = std::min(f + k / 2, line + 1);
      const double thirds = static_cast<double>(std::max<int64_t>(0, to - from + 1));
      EXPECT_NEAR(y[0][c][f][2].item<double>(), thirds / 3, 1e-5) << "kernel " << k << ", bin " << f;
    }
}

TEST(HarmonicBlock, TemporalBranchSmoothsOverNeighboursInsideTheImage) {
  HarmonicBlock block = passing_block();
  torch::NoGradGuard no_grad;
  TensorMap w = module_state(block);
  for (int i = 1; i <= 3; ++i) w.at("frequency" + std::to_string(i) + ".bias").fill_(1);
  for (int64_t c = 0; c < 3; ++c) w.at("temporal.weight")[c][c][0][1] = 1;
  const auto inner = block.forward(impulse(9, 8, 4, 3))[0][1][4];
  for (int64_t t = 0; t < 8; ++t)
    EXPECT_NEAR(inner[t].item<double>(), t >= 2 && t <= 4 ? 1.0 / 3 : 0, 1e-5) << t;
  const auto edge = block.forward(impulse(9, 8, 4, 0))[0][2][4];
  EXPECT_NEAR(edge[0].item<double>(), 1.0 / 2, 1e-5) << "two neighbours inside";
  EXPECT_NEAR(edge[1].item<double>(), 1.0 / 3, 1e-5);
  EXPECT_NEAR(edge[2].item<double>(), 0, 1e-6);
  // The convolution itself looks one step back and one ahead.
  w.at("temporal.weight").zero_();
  w.at("temporal.weight")[0][0][0][0] = 1;
  const auto back = block.forward(impulse(9, 8, 4, 3))[0][0][4];
  for (int64_t t = 0; t < 8; ++t)
    EXPECT_NEAR(back[t].item<double>(), t >= 3 && t <= 5 ? 1.0 / 3 : 0, 1e-5) << t;
}

TEST(HarmonicBlock, IsTheProductOfItsBranches) {
  HarmonicBlock block = passing_block();
  torch::NoGradGuard no_grad;
  TensorMap w = module_state(block);
  for (int i = 1; i <= 3; ++i) w.at("frequency" + std::to_string(i) + ".bias").fill_(0.5 * i);
  w.at("temporal.bias").copy_(torch::tensor({2.0, 3.0, 5.0}));
  const auto y = block.forward(torch::rand({2, 1, 14, 3}));
  const double products[] = {0.5 * 2, 1.0 * 3, 1.5 * 5};
  for (int64_t c = 0; c < 3; ++c) EXPECT_LT((y.select(1, c) - products[c]).abs().max().item<double>(), 1e-6);
}

/// The three blocks in evaluation, for images of any size.
HarmonicBlocks all_blocks() {
  HarmonicBlocks blocks(4, RandomStream({2}));
  blocks.eval();
  return blocks;
}

TEST(HarmonicBlocks, ShareOfAChannelIsASigmoidOfWhatAllChannelsAreInTheMean) {
  HarmonicBlocks blocks = all_blocks();
  torch::NoGradGuard no_grad;
  TensorMap w = module_state(blocks);
  torch::manual_seed(3);
  const auto x = torch::rand({2, 1, 20, 7});
  std::vector<torch::Tensor> outputs;
  for (const char* name : {"full", "mid", "tiny"})
    outputs.push_back(blocks.named_children()[name]->as<HarmonicBlock>()->forward(x));
  const auto all = torch::cat(outputs, 1);
  EXPECT_GT((outputs[0] - outputs[2]).abs().max().item<double>(), 1e-4)
      << "each block has weights of its own";

  auto expected = x.clone();
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t c = 0; c < 9; ++c) {
      double logit = w.at("excite.bias")[c].item<double>();
      for (int64_t h = 0; h < 3; ++h) {
        double hidden = w.at("squeeze.bias")[h].item<double>();
        for (int64_t i = 0; i < 9; ++i)
          hidden += w.at("squeeze.weight")[h][i].item<double>() * all[b][i].mean().item<double>();
        logit += w.at("excite.weight")[c][h].item<double>() * std::max(0.0, hidden);
      }
      const double share = 1 / (1 + std::exp(-logit));
      expected[b][0] += all[b][c] * (share * w.at("fuse.weight")[0][c][0][0].item<double>());
    }
  EXPECT_LT((blocks.forward(x) - expected).abs().max().item<double>(), 1e-5);
}

TEST(HarmonicBlocks, AreAddedToTheImage) {
  HarmonicBlocks blocks = all_blocks();
  torch::NoGradGuard no_grad;
  const auto x = torch::rand({2, 1, 20, 7});
  EXPECT_FALSE(torch::allclose(blocks.forward(x), x));
  module_state(blocks).at("fuse.weight").zero_();
  EXPECT_TRUE(torch::equal(blocks.forward(x), x));
}

}  // namespace
}  // namespace melomine::models
