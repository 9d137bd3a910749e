#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/feature_matrix.h"
#include "dsp/simd_kernels.h"

namespace melomine::dsp {

/// C1, the lowest pitch of the usual 7-octave CQT.
inline constexpr double kC1Hz = 32.70319566257483;

struct CqtConfig {
  int64_t sample_rate_hz = 16000;
  int64_t hop_samples = 512;
  int64_t bins_per_octave = 12;
  int64_t octaves = 7;
  double fmin_hz = kC1Hz;  ///< centre of the lowest bin
};

/// Up to where the highest bin hears: its centre plus half of its wavelet's noise bandwidth. At most Nyquist
/// in a transform that makes sense.
double upper_edge_hz(const CqtConfig& config);

/// Magnitude of the constant-Q transform (Brown 1991): centred, zero-padded frames against Hann wavelets of
/// length_b = Q * rate / f_b samples, unit L1 norm times sqrt(length_b). A sine of amplitude A at f_b gives
/// A / 2 * sqrt(length_b).
///
/// Octave-wise (Schörkhuber and Klapuri 2010): the rate is halved while a bin's main lobe still passes, and
/// each group of bins is one dense product of frames with short wavelets. Wavelets are sampled anew at each
/// rate, at the exact place of the frame, so hops that do not divide by the decimation are exact as well.
///
/// Stateless after construction; `magnitude` may be called from several threads at once, and each thread
/// keeps scratch memory whose size does not depend on the length of the audio (some 1 MB).
class Cqt {
 public:
  /// @throws ConfigError for values <= 0 or a highest bin that reaches above Nyquist
  explicit Cqt(const CqtConfig& config, const SimdKernels& kernels = simd_kernels());

  int64_t bins() const { return config_.bins_per_octave * config_.octaves; }
  int64_t frames(int64_t samples) const { return 1 + samples / config_.hop_samples; }
  double frequency_hz(int64_t bin) const;
  const CqtConfig& config() const { return config_; }

  /// A bin's wavelet at the full rate, conjugate, for those who compute elsewhere: the magnitude at a frame
  /// is |Σ_i taps[i] · x[centre + start + i]|.
  struct Wavelet {
    int64_t start = 0;
    std::vector<std::complex<float>> taps;
  };
  Wavelet wavelet(int64_t bin) const;

  /// [bins, 1 + samples / hop], frame t centred on sample t * hop.
  FeatureMatrix magnitude(std::span<const float> samples) const;
  /// The same into memory of bins() * frames(samples) floats. @throws ShapeError
  void magnitude(std::span<const float> samples, std::span<float> out) const;

 private:
  /// Up to kPanelBins neighbouring bins at one rate. Frame t is centred on sample t * hop / 2^level of that
  /// rate: `phases` fractional places recur, each with taps of its own.
  struct Panel {
    int64_t first_bin, bins;
    int64_t first_tap, tap_count;  ///< relative to the frame's centre, rounded down
    std::vector<float> taps;       ///< [phases, tap_count, kPanelColumns]
  };
  /// One rate: sample_rate / 2^level.
  struct Level {
    int64_t phases, phase_stride;  ///< frames t, t + phases, … lie phase_stride samples apart
    std::vector<Panel> panels;
  };
  /// Samples [from, to) of a level that a block of frames needs, relative to the block's first centre.
  struct Reach {
    int64_t from, to;
  };

  void plan_levels();
  Panel plan_panel(int64_t level, int64_t first_bin, int64_t bins) const;
  double wavelet_length(int64_t bin) const;
  /// Samples [start, start + length) of a bin's wavelet at the full rate, relative to the frame's centre.
  struct Support {
    int64_t start, length;
  };
  Support support(int64_t bin) const;
  /// At a sample of it, 0 outside. @param divisor  samples that one stands for
  std::complex<double> wavelet_at(int64_t bin, int64_t at, int64_t divisor) const;
  std::vector<Reach> reaches(int64_t frames) const;
  void transform_block(std::span<const float> samples, int64_t first_frame, int64_t frames,
                       int64_t all_frames, float* out) const;

  CqtConfig config_;
  const SimdKernels* kernels_;
  double q_ = 0;
  std::vector<Level> levels_;
  int64_t block_frames_ = 0;
};

}  // namespace melomine::dsp
