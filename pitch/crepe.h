#pragma once

#include <cstdint>
#include <filesystem>

#include "pitch/crepe_network.h"
#include "pitch/f0.h"

namespace melomine::pitch {

struct CrepeConfig {
  std::filesystem::path weights;  ///< as published for Keras (HDF5) or PyTorch
  double voicing = 0.3;           ///< activation from which a frame is voiced
  bool viterbi = true;            ///< the most likely path; else each frame's strongest bin
  int64_t batch_frames = 48;      ///< computed at a time
};
void bind(configs::Binder& b, CrepeConfig& c);

/// CREPE (Kim et al. 2018): a convolutional network over 64 ms, then the most likely path through its bins of
/// 20 cents (Viterbi, as in torchcrepe: Morrison et al.) and the mean of the bins around it. Its frame is its
/// own: `frame_samples` means nothing here.
class CrepeTracker : public F0Tracker {
 public:
  /// @throws DataError for a file of weights that cannot be used
  CrepeTracker(const CrepeConfig& config, const F0Range& range);
  dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const override;
  /// [360, T], from 0 to 1. @throws as CrepeNetwork::activations
  dsp::FeatureMatrix activations(std::span<const float> samples, int sample_rate_hz) const;

 private:
  CrepeConfig config_;
  F0Range range_;
  CrepeNetwork network_;
};

}  // namespace melomine::pitch
