#pragma once

#include "dsp/cqt.h"
#include "dsp/feature_kind.h"

namespace melomine::dsp {

struct CqtFeatureConfig {
  int64_t bins_per_octave = 12;
  int64_t octaves = 7;
  double fmin_hz = 0;  ///< centre of the lowest bin; 0 = C1 (32.7 Hz)
};
void bind(configs::Binder& b, CqtFeatureConfig& c);

/// The transform that the settings describe.
CqtConfig cqt_config(const CqtFeatureConfig& config, const FrameGrid& grid);

/// Magnitude of the constant-Q transform (dsp/cqt.h).
class CqtFeature : public FeatureExtractor {
 public:
  CqtFeature(const CqtFeatureConfig& config, const FrameGrid& grid) : cqt_(cqt_config(config, grid)) {}
  static void require(configs::Binder& b, const CqtFeatureConfig& config, const FrameGrid& grid);
  int64_t bins() const override { return cqt_.bins(); }
  int64_t hop_samples() const override { return cqt_.config().hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override { return cqt_.magnitude(samples); }

 private:
  Cqt cqt_;
};

}  // namespace melomine::dsp
