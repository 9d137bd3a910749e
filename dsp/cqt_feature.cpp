#include "dsp/cqt_feature.h"

namespace melomine::dsp {

void bind(configs::Binder& b, CqtFeatureConfig& c) {
  b.integer("bins_per_octave", c.bins_per_octave, configs::at_least(1), "bins per octave");
  b.integer("octaves", c.octaves, configs::at_least(1), "octaves from fmin_hz up");
  b.number("fmin_hz", c.fmin_hz, configs::at_least(0), "centre of the lowest bin, Hz, 0 = C1 (32.7)");
}

configs::KindEntry cqt_kind() {
  return configs::kind<FeatureKindOf<CqtFeature, CqtFeatureConfig>>("cqt",
                                                                    "constant-Q transform, logarithmic bins");
}

CqtConfig cqt_config(const CqtFeatureConfig& config, const FrameGrid& grid) {
  return {.sample_rate_hz = grid.sample_rate_hz,
          .hop_samples = grid.hop_samples,
          .bins_per_octave = config.bins_per_octave,
          .octaves = config.octaves,
          .fmin_hz = config.fmin_hz == 0 ? kC1Hz : config.fmin_hz};
}

void CqtFeature::require(configs::Binder& b, const CqtFeatureConfig& config, const FrameGrid& grid) {
  b.require(upper_edge_hz(cqt_config(config, grid)) <= static_cast<double>(grid.sample_rate_hz) / 2,
            "octaves", "the highest bin must lie below half of sample_rate_hz");
}

}  // namespace melomine::dsp
