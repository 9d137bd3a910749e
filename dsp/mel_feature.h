#pragma once

#include "dsp/mel.h"
#include "dsp/stft_feature.h"

namespace melomine::dsp {

struct MelFeatureConfig {
  int64_t bands = 80;
  double fmin_hz = 0;      ///< lower edge of the lowest band
  double fmax_hz = 8000;   ///< upper edge of the highest band
  StftFeatureConfig stft;  ///< its fields stand beside `bands`
};
void bind(configs::Binder& b, MelFeatureConfig& c);

/// Mel spectrogram of magnitudes (dsp/mel.h).
class MelFeature : public FeatureExtractor {
 public:
  MelFeature(const MelFeatureConfig& config, const FrameGrid& grid);
  static void require(configs::Binder& b, const MelFeatureConfig& config, const FrameGrid& grid);
  int64_t bins() const override { return mel_.bins(); }
  int64_t hop_samples() const override { return hop_samples_; }
  FeatureMatrix extract(std::span<const float> samples) const override { return mel_.magnitude(samples); }

 private:
  int64_t hop_samples_;
  MelSpectrogram mel_;
};

}  // namespace melomine::dsp
