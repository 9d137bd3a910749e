#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "datasets/front_end.h"
#include "dsp/cqt.h"

namespace melomine::embedding {

/// The constant-Q transform of dsp::Cqt by libtorch, many clips at once on any device: an octave at a time
/// one matrix product of frames with wavelets, at the full rate. It differs from the processor's by the
/// half-band filters of that one, which is less than 1 % of a magnitude.
class DeviceCqt {
 public:
  /// @throws ConfigError as dsp::Cqt
  DeviceCqt(const dsp::CqtConfig& config, torch::Device device);

  int64_t bins() const { return bins_; }
  /// @param samples  [B, N] float32 on the device; silence lies before and behind
  /// @param first    frame t is centred on sample (first + t) * hop; may be negative
  /// @returns [B, bins, frames] linear magnitudes
  torch::Tensor magnitude(const torch::Tensor& samples, int64_t first, int64_t frames) const;

 private:
  /// Neighbouring bins that share a length: that of the lowest.
  struct Group {
    int64_t start = 0, length = 0;  ///< samples, relative to a frame's centre
    torch::Tensor taps;             ///< [length, 2 * bins], real parts, then imaginary ones
  };

  int64_t hop_, bins_;
  std::vector<Group> groups_;
};

/// The transform that a front end with features of type cqt asks for.
DeviceCqt device_cqt_of(const datasets::FrontEnd& front_end, torch::Device device);

/// dsp::normalise_log_magnitude of many windows. @param windows  [B, F, T] linear magnitudes
torch::Tensor normalised_log_magnitude(const torch::Tensor& windows, double floor_db);

}  // namespace melomine::embedding
