#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "dsp/wsola.h"

namespace melomine::embedding {

/// dsp::wsola of many signals at once on any device, one segment of all of them after the other: the same
/// rule, with sums rounded otherwise, so that of two places that are equally good to rounding another may
/// win.
class DeviceWsola {
 public:
  /// @param signals  [n, L] float32 on the device, zeros behind each
  /// @param lengths  [n] samples of each, at most L
  DeviceWsola(const torch::Tensor& signals, const std::vector<int64_t>& lengths, int sample_rate_hz);

  /// dsp::wsola_places. @param tempos, counts  [n] @returns [n, K] int64, K = ceil(greatest count / overlap);
  /// beyond a signal's own count they mean nothing
  torch::Tensor places(const std::vector<double>& tempos, const std::vector<int64_t>& counts) const;

  /// What dsp::wsola makes of such places. @returns [n, greatest count], zeros behind each count
  torch::Tensor overlap_add(const torch::Tensor& places, const std::vector<int64_t>& counts) const;

 private:
  dsp::WsolaGrid grid_;
  std::vector<int64_t> lengths_;
  torch::Tensor flat_;         ///< all signals one behind the other, each within zeros
  torch::Tensor coarse_;       ///< the same, `decimation` samples added up to one
  torch::Tensor exact_norm_;   ///< float64: 1 / L2 norm of the overlap that begins at a sample
  torch::Tensor coarse_norm_;  ///< the same of coarse samples; 0 where there is nothing to align
  torch::Tensor first_;        ///< [n] where in `flat_` each signal begins
  torch::Tensor last_;         ///< [n] the last place there where a segment may begin
};

}  // namespace melomine::embedding
