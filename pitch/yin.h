#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "pitch/f0.h"

namespace melomine::pitch {

/// Lags and positions that follow from an F0Range at one sample rate.
struct YinGrid {
  double sample_rate_hz = 0;
  double hop_samples = 0;      ///< may be fractional; frame centres are rounded
  int64_t frames = 0;          ///< 1 + samples / hop
  int64_t window_hops = 0;     ///< integration window, whole hops
  int64_t window_samples = 0;  ///< about window_hops * hop_samples
  int64_t samples_before = 0;  ///< of a frame's window, before its centre
  int64_t min_lag = 0, max_lag = 0;
};

/// @throws ConfigError for a hop, range or frame that makes no sense at this rate
YinGrid yin_grid(int64_t samples, int sample_rate_hz, const F0Range& range);

/// One frame of YIN (de Cheveigné and Kawahara 2002).
struct YinFrame {
  int64_t index = 0;
  std::span<const double> difference;  ///< [max_lag + 2] eq. 6: d(τ) = Σ_j (x_j - x_{j+τ})²
  std::span<const double> normalised;  ///< [max_lag + 2] eq. 8: d(τ) over its mean up to τ; 1 in silence
};

/// Calls `visit` for each frame in order. The spans are valid during the call only.
/// The integration window is the frame's, rounded to whole hops, so that each product of samples is computed
/// once and shared by all frames that hold it.
/// @throws DataError when a sample is not finite
void for_each_yin_frame(std::span<const float> samples, const YinGrid& grid,
                        const std::function<void(const YinFrame&)>& visit);

/// A local minimum of the normalised difference within [min_lag, max_lag].
struct YinDip {
  double lag = 0;    ///< refined by a parabola through the difference, step 5 of the paper
  double depth = 0;  ///< the normalised difference there, >= 0; 0 = perfectly periodic
};

/// All dips in ascending lag. @param dips  is replaced
void find_yin_dips(const YinFrame& frame, const YinGrid& grid, std::vector<YinDip>& dips);

}  // namespace melomine::pitch
