#include "dsp/mel_feature.h"

namespace melomine::dsp {

void bind(configs::Binder& b, MelFeatureConfig& c) {
  b.integer("bands", c.bands, configs::at_least(1), "number of bands");
  b.number("fmin_hz", c.fmin_hz, configs::at_least(0), "lower edge of the lowest band, Hz");
  b.number("fmax_hz", c.fmax_hz, configs::above(0), "upper edge of the highest band, Hz");
  bind(b, c.stft);
}

configs::KindEntry mel_kind() {
  return configs::kind<FeatureKindOf<MelFeature, MelFeatureConfig>>("mel", "mel spectrogram of magnitudes");
}

MelFeature::MelFeature(const MelFeatureConfig& config, const FrameGrid& grid)
    : hop_samples_(grid.hop_samples),
      mel_({.sample_rate_hz = grid.sample_rate_hz,
            .bands = config.bands,
            .fmin_hz = config.fmin_hz,
            .fmax_hz = config.fmax_hz,
            .stft = stft_config(config.stft, grid)}) {}

void MelFeature::require(configs::Binder& b, const MelFeatureConfig& config, const FrameGrid& grid) {
  b.require(config.fmin_hz < config.fmax_hz, "fmin_hz", "must be below fmax_hz");
  b.require(config.fmax_hz <= static_cast<double>(grid.sample_rate_hz) / 2, "fmax_hz",
            "must be at most half of sample_rate_hz");
}

}  // namespace melomine::dsp
