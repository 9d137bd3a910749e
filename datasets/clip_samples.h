#pragma once

#include "datasets/clip_images.h"
#include "datasets/front_end.h"

namespace melomine::datasets {

/// Clips as they sound, with the audio around the window: one row of samples, for who computes the feature
/// later, many clips at once. Frame t of the window is centred on sample context_samples() + t * hop.
class ClipSamples : public ClipImages {
 public:
  explicit ClipSamples(const FrontEnd& front_end);
  int64_t sample_rate_hz() const override { return front_end_.features.grid.sample_rate_hz; }
  int64_t hop_samples() const override { return front_end_.features.grid.hop_samples; }
  int64_t window_frames() const override { return frames_; }
  int64_t rows() const override { return 1; }
  int64_t columns() const override { return frames_ * hop_samples() + 2 * context_samples(); }
  void draw(std::span<const float> samples, int64_t first, std::span<float> image) const override;
  /// On either side of the window: whole frames.
  int64_t context_samples() const;

 private:
  FrontEnd front_end_;
  int64_t frames_;
};

}  // namespace melomine::datasets
