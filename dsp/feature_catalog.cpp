#include <fmt/format.h>

#include "configs/older.h"
#include "core/error.h"
#include "dsp/feature_kind.h"

namespace melomine::dsp {

const configs::Catalogue& FeatureKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(cqt),
      MELOMINE_KIND(mel),
      MELOMINE_KIND(rms),
      MELOMINE_KIND(stft),
  };
  // clang-format on
  static const configs::Catalogue catalogue("feature", kinds);
  return catalogue;
}

void bind(configs::Binder& b, FeatureConfig& c) {
  configs::once_of_every_type(
      b, {"bins_per_octave", "octaves", "fmin_hz", "fmax_hz", "bands", "n_fft", "padding"});
  b.variant(c.feature);
  b.integer("sample_rate_hz", c.grid.sample_rate_hz, configs::between(1, 768000), "of the audio, Hz");
  b.integer("hop_samples", c.grid.hop_samples, configs::at_least(1), "samples between frame centres");
  c.feature->require(b, c.grid);
}

std::unique_ptr<FeatureExtractor> make_feature_extractor(const FeatureConfig& config) {
  if (config.grid.sample_rate_hz <= 0)
    throw ConfigError(
        fmt::format("[features] sample_rate_hz must be > 0, got {}", config.grid.sample_rate_hz));
  return config.feature->make(config.grid);
}

}  // namespace melomine::dsp
