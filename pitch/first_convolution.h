#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pitch/crepe_weights.h"

namespace melomine::pitch {

/// Places of CREPE's first convolution in a frame.
inline constexpr int64_t kCrepePlaces = 256;

/// CREPE's first convolution (512 taps at every fourth sample, zeros outside the frame), then ReLU, batch
/// normalisation and the larger of each two neighbours. A frame counts less its mean, by its standard
/// deviation.
///
/// Frames overlap, and the convolution of what they share is computed once: it is linear, so mean and
/// deviation come after it. Near its ends a frame sees zeros where others see samples; what those samples
/// would have added is subtracted. A frame that is quiet beside its surroundings, or beside its own mean,
/// would lose digits in that, and is computed by itself.
class FirstConvolution {
 public:
  explicit FirstConvolution(const CrepeLayer& layer);

  int64_t outputs() const { return outputs_; }

  /// What some frames share.
  struct Shared {
    std::vector<float> sums;  ///< [places, outputs]
  };
  /// @param frames  the frames lie at samples, samples + hop, …; readable from 254 samples before the first
  /// to
  ///                as many behind the last
  /// @param hop     samples, a multiple of 4
  Shared share(const float* samples, int64_t frames, int64_t hop) const;

  /// @param samples       [1024] of the frame, which is brought to mean 0 and deviation 1, readable as
  /// `share` says where there is a `shared`
  /// @param shared_sums   of the frame's first place; null where nothing is shared
  /// @param out           [outputs / 16, 128, 16]
  void apply(const float* samples, const float* shared_sums, std::vector<float>& scratch, float* out) const;
  /// Of (samples - mean) * inverse, by itself. @param samples  [1024]
  void apply_alone(const float* samples, double mean, double inverse, std::vector<float>& scratch,
                   float* out) const;

 private:
  void subtract_outside(const float* samples, std::vector<float>& scratch) const;

  int64_t outputs_;
  std::vector<float> kernel_;   ///< [outputs / 16, 512, 16]
  std::vector<float> of_ones_;  ///< [places, outputs] the convolution of a frame of ones
  std::vector<float> zeros_;    ///< [outputs]
  std::vector<float> bias_, scale_, shift_;
};

}  // namespace melomine::pitch
