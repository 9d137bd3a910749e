#pragma once

#include <cstdint>
#include <vector>

#include "pitch/crepe_weights.h"

namespace melomine::pitch {

/// One of CREPE's later convolutions (64 taps, zeros outside, as many places as it is given), then ReLU,
/// batch normalisation and the larger of each two neighbours. Computed by the convolution theorem over places
/// + 32 points, whose transforms are matrix products: of the second layer that takes a fifth of the products
/// that the sum itself does.
///
/// A signal of C channels lies in panels: [C / 16, places, 16].
class SpectralConvolution {
 public:
  /// @param places  of the input, even
  SpectralConvolution(const CrepeLayer& layer, int64_t places);

  int64_t places() const { return places_; }
  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }
  /// Floats of a spectrum of the input, and of the output.
  int64_t input_spectrum_size() const { return rows_ * inputs_; }
  int64_t output_spectrum_size() const { return rows_ * outputs_; }

  /// Of one frame.
  void to_spectrum(const float* panels, float* spectrum) const;
  /// Of many frames at once, one after the other in both arrays.
  void convolve(const float* spectra, int64_t frames, float* out_spectra) const;
  /// Of one frame. @param scratch  [places * outputs]
  /// @param out  [outputs / 16, places / 2, 16], or [places / 2, outputs] where `flat`
  void from_spectrum(const float* spectrum, float* scratch, float* out, bool flat) const;

 private:
  int64_t places_, inputs_, outputs_, points_, rows_;
  std::vector<float> forward_;  ///< [rows, places] rows 2f and 2f + 1: real and imaginary part at frequency f
  std::vector<float> kernel_;   ///< [frequency, outputs / 16, real or imaginary, 2 inputs, 16]
  std::vector<float> backward_;  ///< [places, rows]
  std::vector<float> bias_, scale_, shift_;
};

/// max over both of scale * max(0, value + bias) + shift, per channel.
void rectify_and_pool(const float* first, const float* second, const float* bias, const float* scale,
                      const float* shift, int64_t channels, float* out, int64_t out_panel_step);

}  // namespace melomine::pitch
