#include "pitch/spectral_convolution.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/simd.h"
#include "pitch/panel_product.h"

namespace melomine::pitch {
namespace {

/// Keras' "same" padding of 64 taps: tap j of place p reads place p + j - kTapsBefore.
constexpr int64_t kTapsBefore = (kCrepeTaps - 1) / 2;
/// Zeros behind the input that keep what wraps around out of the places that are read.
constexpr int64_t kGuardPoints = kCrepeTaps / 2;

/// cos and sin of 2π k / points, k reduced first: exact to double precision however large.
std::complex<double> root_of_unity(int64_t k, int64_t points) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(k % points) / static_cast<double>(points);
  return {std::cos(angle), std::sin(angle)};
}

}  // namespace

MELOMINE_WIDE_CLONES
void rectify_and_pool(const float* first, const float* second, const float* bias, const float* scale,
                      const float* shift, int64_t channels, float* out, int64_t out_panel_step) {
  for (int64_t panel = 0; panel < channels / kPanelColumns; ++panel, out += out_panel_step)
    for (int64_t c = 0; c < kPanelColumns; ++c) {
      const int64_t i = panel * kPanelColumns + c;
      const float a = first[i] + bias[i], b = second[i] + bias[i];
      const float x = (a > 0 ? a : 0.0F) * scale[i], y = (b > 0 ? b : 0.0F) * scale[i];
      out[c] = (x > y ? x : y) + shift[i];
    }
}

SpectralConvolution::SpectralConvolution(const CrepeLayer& layer, int64_t places)
    : places_(places),
      inputs_(layer.inputs),
      outputs_(layer.outputs),
      points_(places + kGuardPoints),
      rows_(points_ / 2 * 2 + 2),
      forward_(static_cast<size_t>(rows_ * places_)),
      kernel_(static_cast<size_t>(rows_ * 2 * inputs_ * outputs_)),
      backward_(static_cast<size_t>(rows_ * places_)),
      bias_(layer.bias),
      scale_(layer.scale),
      shift_(layer.shift) {
  std::vector<std::complex<double>> of_taps(static_cast<size_t>(layer.taps));
  for (int64_t f = 0; f < rows_ / 2; ++f) {
    const double weight = (f == 0 || 2 * f == points_ ? 1.0 : 2.0) / static_cast<double>(points_);
    for (int64_t n = 0; n < places_; ++n) {
      const std::complex<double> root = root_of_unity(f * n, points_);
      forward_[static_cast<size_t>(2 * f * places_ + n)] = static_cast<float>(root.real());
      forward_[static_cast<size_t>((2 * f + 1) * places_ + n)] = static_cast<float>(-root.imag());
      backward_[static_cast<size_t>(n * rows_ + 2 * f)] = static_cast<float>(weight * root.real());
      backward_[static_cast<size_t>(n * rows_ + 2 * f + 1)] = static_cast<float>(-weight * root.imag());
    }
    // A correlation: the spectrum of the kernel turned around.
    for (int64_t j = 0; j < layer.taps; ++j)
      of_taps[static_cast<size_t>(j)] = root_of_unity(f * (j - kTapsBefore + points_), points_);
    std::vector<std::complex<double>> sums(static_cast<size_t>(inputs_ * outputs_));
    for (int64_t j = 0; j < layer.taps; ++j)
      for (size_t i = 0; i < sums.size(); ++i)
        sums[i] += of_taps[static_cast<size_t>(j)] *
                   static_cast<double>(layer.kernel[static_cast<size_t>(j) * sums.size() + i]);
    for (int64_t c = 0; c < inputs_; ++c)
      for (int64_t o = 0; o < outputs_; ++o) {
        const std::complex<double> sum = sums[static_cast<size_t>(c * outputs_ + o)];
        const int64_t panel = (f * outputs_ / kPanelColumns + o / kPanelColumns) * 2;
        const auto at = [&](int64_t part, int64_t row) -> float& {
          return kernel_[static_cast<size_t>(((panel + part) * 2 * inputs_ + row) * kPanelColumns +
                                             o % kPanelColumns)];
        };
        at(0, c) = at(1, inputs_ + c) = static_cast<float>(sum.real());
        at(1, c) = static_cast<float>(sum.imag());
        at(0, inputs_ + c) = static_cast<float>(-sum.imag());
      }
  }
}

void SpectralConvolution::to_spectrum(const float* panels, float* spectrum) const {
  multiply({.rows = forward_.data(),
            .row_count = rows_,
            .row_stride = places_,
            .depth = places_,
            .panels = panels,
            .panel_count = inputs_ / kPanelColumns,
            .panel_stride = places_ * kPanelColumns,
            .out = spectrum,
            .out_row_step = inputs_,
            .out_panel_step = kPanelColumns});
}

void SpectralConvolution::convolve(const float* spectra, int64_t frames, float* out_spectra) const {
  const int64_t panels = outputs_ / kPanelColumns;
  for (int64_t f = 0; f < rows_ / 2; ++f)
    for (int64_t panel = 0; panel < panels; ++panel)
      multiply({.rows = spectra + f * 2 * inputs_,
                .row_count = frames,
                .row_stride = input_spectrum_size(),
                .depth = 2 * inputs_,
                .panels = kernel_.data() + (f * panels + panel) * 4 * inputs_ * kPanelColumns,
                .panel_count = 2,
                .panel_stride = 2 * inputs_ * kPanelColumns,
                .out = out_spectra + (panel * rows_ + 2 * f) * kPanelColumns,
                .out_row_step = output_spectrum_size(),
                .out_panel_step = kPanelColumns});
}

void SpectralConvolution::from_spectrum(const float* spectrum, float* scratch, float* out, bool flat) const {
  multiply({.rows = backward_.data(),
            .row_count = places_,
            .row_stride = rows_,
            .depth = rows_,
            .panels = spectrum,
            .panel_count = outputs_ / kPanelColumns,
            .panel_stride = rows_ * kPanelColumns,
            .out = scratch,
            .out_row_step = outputs_,
            .out_panel_step = kPanelColumns});
  const int64_t half = places_ / 2;
  for (int64_t p = 0; p < half; ++p)
    rectify_and_pool(scratch + 2 * p * outputs_, scratch + (2 * p + 1) * outputs_, bias_.data(),
                     scale_.data(), shift_.data(), outputs_, out + p * (flat ? outputs_ : kPanelColumns),
                     flat ? kPanelColumns : half * kPanelColumns);
}

}  // namespace melomine::pitch
