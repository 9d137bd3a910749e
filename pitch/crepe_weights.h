#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace melomine::pitch {

inline constexpr int64_t kCrepeBins = 360;           ///< of 20 cents
inline constexpr int64_t kCrepeFrameSamples = 1024;  ///< at kCrepeRateHz
inline constexpr int64_t kCrepeRateHz = 16000;
inline constexpr int64_t kCrepeLayers = 6;
inline constexpr int64_t kCrepeFirstTaps = 512;  ///< of the first convolution, whose stride is 4
inline constexpr int64_t kCrepeTaps = 64;        ///< of the others

/// One convolution, then ReLU, then batch normalisation with its running statistics.
struct CrepeLayer {
  int64_t taps = 0, inputs = 0, outputs = 0;
  std::vector<float> kernel;  ///< [taps, inputs, outputs]
  std::vector<float> bias;    ///< [outputs]
  std::vector<float> scale;   ///< [outputs] of what ReLU lets through
  std::vector<float> shift;   ///< [outputs] added to it
};

/// What the network has learnt. Its size follows from the first convolution's channels: 32 times the capacity
/// multiplier, which is 4 (tiny), 8 (small), 16 (medium), 24 (large) or 32 (full) in the published files.
struct CrepeWeights {
  std::array<CrepeLayer, kCrepeLayers> layers;
  std::vector<float> classifier;       ///< [4 * outputs of the last layer, kCrepeBins]
  std::vector<float> classifier_bias;  ///< [kCrepeBins]
  int64_t capacity() const { return layers[0].outputs / 32; }
};

/// Channels of each layer at a capacity.
std::array<int64_t, kCrepeLayers> crepe_channels(int64_t capacity);

/// From the Keras file that was published (HDF5) or a PyTorch state dict of the same names (a zip), told
/// apart by content.
/// @throws DataError for a file that is neither, naming the array that it lacks or that has another shape
CrepeWeights read_crepe_weights(const std::filesystem::path& path);

}  // namespace melomine::pitch
