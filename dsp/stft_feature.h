#pragma once

#include "dsp/feature_kind.h"
#include "dsp/stft.h"

namespace melomine::dsp {

/// Frames of an FFT.
struct StftFeatureConfig {
  int64_t n_fft = 1024;  ///< samples of FFT and window, even
  Padding padding = Padding::kReflect;
};
void bind(configs::Binder& b, StftFeatureConfig& c);

/// The transform that the settings describe.
StftConfig stft_config(const StftFeatureConfig& config, const FrameGrid& grid);

/// Magnitudes of Hann-windowed frames (dsp/stft.h).
class StftFeature : public FeatureExtractor {
 public:
  StftFeature(const StftFeatureConfig& config, const FrameGrid& grid)
      : hop_s_(grid.hop_s()), stft_(stft_config(config, grid)) {}
  int64_t bins() const override { return stft_.bins(); }
  int64_t hop_samples() const override { return stft_.config().hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override;

 private:
  double hop_s_;
  Stft stft_;
};

}  // namespace melomine::dsp
