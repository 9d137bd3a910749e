#pragma once

#include <cstdint>
#include <span>

#include "dsp/feature_matrix.h"

namespace melomine::dsp {

/// Where the frames of a feature lie: frame t is centred on sample t * hop.
struct FrameGrid {
  int64_t sample_rate_hz = 16000;  ///< of the audio
  int64_t hop_samples = 512;       ///< between frame centres
  double hop_s() const { return static_cast<double>(hop_samples) / static_cast<double>(sample_rate_hz); }
};

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

}  // namespace melomine::dsp
