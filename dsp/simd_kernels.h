#pragma once

#include <cstdint>

namespace melomine::dsp {

/// Columns of one panel of wavelets: `kPanelBins` real parts, then as many imaginary parts.
inline constexpr int64_t kPanelBins = 8;
inline constexpr int64_t kPanelColumns = 2 * kPanelBins;

/// Frames of one signal times one panel: magnitude[b, t] = |Σ_l samples[t * frame_stride + l] * taps[l, b]|.
struct PanelProduct {
  const float* samples;  ///< first tap of frame 0
  int64_t frames;
  int64_t frame_stride;  ///< samples between frames
  const float* taps;     ///< [tap_count, kPanelColumns]
  int64_t tap_count;
  float* magnitude;        ///< of bin 0 and frame 0
  int64_t bins;            ///< of the panel that are written, <= kPanelBins
  int64_t bin_stride;      ///< floats between bins of the output
  int64_t out_frame_step;  ///< floats between frames of the output
};

/// Halves the rate: out[m] = even[m] / 2 + Σ_i side[i] * (odd[m - 1 - i] + odd[m + i]) for m < count, where
/// even and odd are the input's samples of even and odd index.
struct Halving {
  const float*
      input;  ///< sample 2m of the input for m = 0; readable from -2 * side_count to 2 * (count + side_count)
  int64_t count;      ///< samples to make
  const float* side;  ///< [side_count] the filter's odd taps from the middle outwards
  int64_t side_count;
  float* odd;     ///< scratch [count + 2 * side_count]
  float* output;  ///< [count]
};

/// The inner loops of the CQT for one instruction set. Sums are float: some 100 products of one sign pattern,
/// 1e-6 relative, against the 1e-2 that decimation is allowed.
struct SimdKernels {
  const char* name;  ///< "avx512", "avx2", "baseline"
  void (*multiply)(const PanelProduct&);
  void (*halve)(const Halving&);
};

/// The fastest that this processor runs.
const SimdKernels& simd_kernels();
/// All that this processor runs, fastest first, for tests and benchmarks.
int simd_kernel_count();
const SimdKernels& simd_kernels(int index);

}  // namespace melomine::dsp
