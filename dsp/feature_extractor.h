#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "configs/binder.h"
#include "dsp/feature_matrix.h"

namespace melomine::dsp {

/// Settings of every feature type; a type ignores what is not its own.
struct FeatureConfig {
  std::string type = "cqt";         ///< cqt | mel | stft | rms
  int64_t sample_rate_hz = 16000;   ///< of the audio
  int64_t hop_samples = 512;        ///< between frame centres
  int64_t bins_per_octave = 12;     ///< cqt
  int64_t octaves = 7;              ///< cqt
  double fmin_hz = 0;               ///< cqt: lowest bin, 0 = C1 (32.7 Hz); mel: lower edge
  double fmax_hz = 8000;            ///< mel: upper edge
  int64_t bands = 80;               ///< mel
  int64_t n_fft = 1024;             ///< stft, mel: FFT and window length; rms: frame length
  std::string padding = "reflect";  ///< stft, mel: what lies outside the audio, reflect | zero
};
void bind(configs::Binder& b, FeatureConfig& c);

/// Turns audio into a feature matrix of linear magnitudes. Stateless after construction: `extract` may be
/// called from several threads at once.
class FeatureExtractor {
 public:
  virtual ~FeatureExtractor() = default;
  virtual int64_t bins() const = 0;
  virtual int64_t hop_samples() const = 0;
  /// @param samples  mono audio at the configured rate
  /// @returns [bins, 1 + samples / hop], frame t centred on sample t * hop, linear magnitude
  virtual FeatureMatrix extract(std::span<const float> samples) const = 0;
};

/// @throws ConfigError when the settings make no sense together (a CQT reaching above Nyquist, a hop of 0)
std::unique_ptr<FeatureExtractor> make_feature_extractor(const FeatureConfig& config);

}  // namespace melomine::dsp
