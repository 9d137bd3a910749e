#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "dsp/feature_matrix.h"
#include "pitch/crepe_weights.h"

namespace melomine::pitch {

/// Where CREPE looks, and how many frames it computes at a time, which changes speed and memory alone.
struct CrepeFrames {
  double hop_s = 0.01;
  int64_t batch_frames = 48;
};

/// The network of CREPE (Kim et al. 2018): 1,024 samples of 16 kHz, less their mean and by their standard
/// deviation, to 360 activations from 0 to 1, one for each 20 cents from 31.7 Hz on. Its products are those
/// of pitch/panel_product.h, on the thread that calls; all functions may be called from several threads at
/// once.
class CrepeNetwork {
 public:
  /// @throws ShapeError for weights that do not fit each other
  explicit CrepeNetwork(const CrepeWeights& weights);
  ~CrepeNetwork();
  CrepeNetwork(const CrepeNetwork&) = delete;
  CrepeNetwork& operator=(const CrepeNetwork&) = delete;

  /// @param samples  mono audio of any rate, resampled to 16 kHz; the parts before and after it count as
  /// silence
  /// @returns [360, 1 + samples / hop], frame t centred on t * hop_s
  /// @throws ConfigError for a rate or hop that make no sense; DataError for a sample not finite
  dsp::FeatureMatrix activations(std::span<const float> samples, int sample_rate_hz,
                                 const CrepeFrames& frames = {}) const;
  /// Of frames as the network sees them. @param frames  [n, 1024] of mean 0 and deviation 1
  /// @returns [n, 360]
  std::vector<float> activations_of_frames(std::span<const float> frames) const;

 private:
  class Batch;
  struct Layers;
  std::unique_ptr<const Layers> layers_;
};

}  // namespace melomine::pitch
