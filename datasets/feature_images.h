#pragma once

#include <memory>

#include "datasets/clip_images.h"
#include "datasets/front_end.h"
#include "dsp/feature_kind.h"

namespace melomine::datasets {

/// A feature's log-magnitudes (dsp::normalise_log_magnitude), a column each frame.
class FeatureImages : public ClipImages {
 public:
  /// @throws ConfigError for a window below one frame, a floor that is not above 0, and as
  /// dsp::make_feature_extractor
  explicit FeatureImages(const FrontEnd& front_end);
  int64_t sample_rate_hz() const override { return front_end_.features.grid.sample_rate_hz; }
  int64_t hop_samples() const override { return front_end_.features.grid.hop_samples; }
  int64_t window_frames() const override { return frames_; }
  int64_t rows() const override { return extractor_->bins(); }
  int64_t columns() const override { return frames_; }
  void draw(std::span<const float> samples, int64_t first, std::span<float> image) const override;

 private:
  FrontEnd front_end_;
  int64_t frames_;
  std::unique_ptr<const dsp::FeatureExtractor> extractor_;
};

}  // namespace melomine::datasets
