#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dsp/feature_matrix.h"

namespace melomine::dsp {

/// What lies outside the audio when a centred frame reaches over its ends.
enum class Padding { kZero, kReflect };

struct StftConfig {
  int64_t n_fft = 1024;  ///< samples of FFT and window, even
  int64_t hop_samples = 256;
  Padding padding = Padding::kReflect;
};

/// Hann window of `length` samples, periodic: w[n] = 0.5 - 0.5 cos(2πn / length).
std::vector<float> hann_window(int64_t length);

/// Frames of a centred transform: 1 + samples / hop.
int64_t centred_frames(int64_t samples, int64_t hop_samples);

/// Copies the `frame.size()` samples from `start` on (may be negative); outside the signal they are 0 or its
/// mirror image without repeating the end sample (numpy's "reflect"; one sample alone repeats).
void copy_padded(std::span<const float> samples, int64_t start, Padding padding, std::span<float> frame);

/// Magnitudes of Hann-windowed frames, |X[k, t]|, frame t centred on sample t * hop.
/// @throws ConfigError for an odd n_fft or a hop of 0
class Stft {
 public:
  explicit Stft(const StftConfig& config);
  int64_t bins() const { return config_.n_fft / 2 + 1; }
  const StftConfig& config() const { return config_; }

  /// Calls `sink(t, magnitudes [bins])` for each frame in order; from several threads at once if need be.
  void for_each_frame(std::span<const float> samples,
                      const std::function<void(int64_t, std::span<const float>)>& sink) const;
  /// [n_fft / 2 + 1, 1 + samples / hop]; `hop_s` of the result is left to the caller, who knows the rate.
  FeatureMatrix magnitude(std::span<const float> samples) const;

 private:
  StftConfig config_;
  std::vector<float> window_;
};

}  // namespace melomine::dsp
