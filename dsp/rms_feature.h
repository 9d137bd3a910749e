#pragma once

#include "dsp/feature_kind.h"

namespace melomine::dsp {

struct RmsFeatureConfig {
  int64_t n_fft = 1024;  ///< samples of a frame
};
void bind(configs::Binder& b, RmsFeatureConfig& c);

/// Root mean square of each frame, one row (dsp/rms.h).
class RmsFeature : public FeatureExtractor {
 public:
  /// @throws ConfigError unless frame and hop are > 0
  RmsFeature(const RmsFeatureConfig& config, const FrameGrid& grid);
  int64_t bins() const override { return 1; }
  int64_t hop_samples() const override { return grid_.hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override;

 private:
  RmsFeatureConfig config_;
  FrameGrid grid_;
};

}  // namespace melomine::dsp
