#include "pitch/first_convolution.h"

#include <algorithm>
#include <cmath>

#include "core/simd.h"
#include "pitch/panel_product.h"
#include "pitch/spectral_convolution.h"

namespace melomine::pitch {
namespace {

constexpr int64_t kStride = 4;
/// Keras' "same" padding: samples before the frame that the first window reaches, and behind it.
constexpr int64_t kSamplesOutside = (kCrepeFirstTaps - kStride) / 2;
/// Places at each end of a frame whose windows reach outside it.
constexpr int64_t kEndPlaces = 64;
/// Places that are computed at a time at the ends: rows of one tile.
constexpr int64_t kTilePlaces = 12;
/// Zeros that a tile's windows hold beside the samples outside.
constexpr int64_t kTileZeros = kStride * (kTilePlaces - 1);
/// Deviations of a frame that its mean or its surroundings may have without costing digits.
constexpr double kLoud = 16;
/// Of a frame's deviation: below is silence, which is not amplified (as in the published code).
constexpr double kSmallestDeviation = 1e-8;

double root_mean_square(const float* samples, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * samples[i];
  return std::sqrt(sum / static_cast<double>(count));
}

/// rectify_and_pool of (sums - outside) * inverse + of_ones * offset.
MELOMINE_WIDE_CLONES
void normalise_place(const float* sums, const float* outside, const float* of_ones, float inverse,
                     float offset, int64_t channels, float* out) {
  for (int64_t c = 0; c < channels; ++c) out[c] = (sums[c] - outside[c]) * inverse + of_ones[c] * offset;
}

}  // namespace

FirstConvolution::FirstConvolution(const CrepeLayer& layer)
    : outputs_(layer.outputs),
      kernel_(layer.kernel.size()),
      of_ones_(static_cast<size_t>(kCrepePlaces * layer.outputs)),
      zeros_(static_cast<size_t>(layer.outputs)),
      bias_(layer.bias),
      scale_(layer.scale),
      shift_(layer.shift) {
  for (int64_t o = 0; o < outputs_; ++o) {
    std::vector<double> running(static_cast<size_t>(kCrepeFirstTaps + 1));
    for (int64_t j = 0; j < kCrepeFirstTaps; ++j) {
      const float tap = layer.kernel[static_cast<size_t>(j * outputs_ + o)];
      kernel_[static_cast<size_t>((o / kPanelColumns * kCrepeFirstTaps + j) * kPanelColumns +
                                  o % kPanelColumns)] = tap;
      running[static_cast<size_t>(j + 1)] = running[static_cast<size_t>(j)] + tap;
    }
    for (int64_t p = 0; p < kCrepePlaces; ++p) {
      const int64_t begin = std::max<int64_t>(0, kSamplesOutside - kStride * p);
      const int64_t end = std::min(kCrepeFirstTaps, kCrepeFrameSamples + kSamplesOutside - kStride * p);
      of_ones_[static_cast<size_t>(p * outputs_ + o)] =
          static_cast<float>(running[static_cast<size_t>(end)] - running[static_cast<size_t>(begin)]);
    }
  }
}

FirstConvolution::Shared FirstConvolution::share(const float* samples, int64_t frames, int64_t hop) const {
  Shared shared;
  const int64_t places = (frames - 1) * hop / kStride + kCrepePlaces;
  shared.sums.resize(static_cast<size_t>(places * outputs_));
  multiply({.rows = samples - kSamplesOutside,
            .row_count = places,
            .row_stride = kStride,
            .depth = kCrepeFirstTaps,
            .panels = kernel_.data(),
            .panel_count = outputs_ / kPanelColumns,
            .panel_stride = kCrepeFirstTaps * kPanelColumns,
            .out = shared.sums.data(),
            .out_row_step = outputs_,
            .out_panel_step = kPanelColumns});
  return shared;
}

/// scratch [2 * kEndPlaces, outputs] = what the samples before the frame add to its first places, then what
/// those behind it add to its last ones.
void FirstConvolution::subtract_outside(const float* samples, std::vector<float>& scratch) const {
  scratch.resize(static_cast<size_t>(2 * kEndPlaces * outputs_));
  float before[kSamplesOutside + kTileZeros] = {}, behind[kTileZeros + kSamplesOutside] = {};
  std::copy_n(samples - kSamplesOutside, kSamplesOutside, before);
  std::copy_n(samples + kCrepeFrameSamples, kSamplesOutside, behind + kTileZeros);
  PanelProduct product{.rows = nullptr,
                       .row_count = 0,
                       .row_stride = kStride,
                       .depth = 0,
                       .panels = kernel_.data(),
                       .panel_count = outputs_ / kPanelColumns,
                       .panel_stride = kCrepeFirstTaps * kPanelColumns,
                       .out = nullptr,
                       .out_row_step = outputs_,
                       .out_panel_step = kPanelColumns};
  for (int64_t p = 0; p < kEndPlaces; p += kTilePlaces) {
    product.row_count = std::min(kTilePlaces, kEndPlaces - p);
    product.rows = before + kStride * p;
    product.depth = kSamplesOutside - kStride * p;
    product.panels = kernel_.data();
    product.out = scratch.data() + p * outputs_;
    multiply(product);
    // Place kCrepePlaces - kEndPlaces + p is the first whose last 2 + 4 p taps lie behind the frame.
    product.depth = kStride * (p + product.row_count) - 2;
    product.rows = behind + kTileZeros - kStride * (product.row_count - 1);
    product.panels = kernel_.data() + (kCrepeFirstTaps - product.depth) * kPanelColumns;
    product.out = scratch.data() + (kEndPlaces + p) * outputs_;
    multiply(product);
  }
}

void FirstConvolution::apply_alone(const float* samples, double mean, double inverse,
                                   std::vector<float>& scratch, float* out) const {
  scratch.assign(static_cast<size_t>(kCrepePlaces * outputs_ + kCrepeFrameSamples + 2 * kSamplesOutside),
                 0.0F);
  float* sums = scratch.data();
  float* frame = sums + kCrepePlaces * outputs_;
  for (int64_t i = 0; i < kCrepeFrameSamples; ++i)
    frame[kSamplesOutside + i] = static_cast<float>((samples[i] - mean) * inverse);
  multiply({.rows = frame,
            .row_count = kCrepePlaces,
            .row_stride = kStride,
            .depth = kCrepeFirstTaps,
            .panels = kernel_.data(),
            .panel_count = outputs_ / kPanelColumns,
            .panel_stride = kCrepeFirstTaps * kPanelColumns,
            .out = sums,
            .out_row_step = outputs_,
            .out_panel_step = kPanelColumns});
  for (int64_t p = 0; p < kCrepePlaces / 2; ++p)
    rectify_and_pool(sums + 2 * p * outputs_, sums + (2 * p + 1) * outputs_, bias_.data(), scale_.data(),
                     shift_.data(), outputs_, out + p * kPanelColumns, kCrepePlaces / 2 * kPanelColumns);
}

void FirstConvolution::apply(const float* samples, const float* shared_sums, std::vector<float>& scratch,
                             float* out) const {
  double mean = 0, squares = 0;
  for (int64_t i = 0; i < kCrepeFrameSamples; ++i) mean += samples[i];
  mean /= kCrepeFrameSamples;
  for (int64_t i = 0; i < kCrepeFrameSamples; ++i) squares += (samples[i] - mean) * (samples[i] - mean);
  const double deviation = std::sqrt(squares / kCrepeFrameSamples);
  const double inverse = 1 / std::max(deviation, kSmallestDeviation);
  const auto outside_level = [&] {
    return std::max(root_mean_square(samples - kSamplesOutside, kSamplesOutside),
                    root_mean_square(samples + kCrepeFrameSamples, kSamplesOutside));
  };
  if (shared_sums == nullptr || !(std::max(std::abs(mean), outside_level()) < kLoud * deviation)) {
    apply_alone(samples, mean, inverse, scratch, out);
    return;
  }
  subtract_outside(samples, scratch);
  scratch.resize(static_cast<size_t>((2 * kEndPlaces + 2) * outputs_));
  float* pair = scratch.data() + 2 * kEndPlaces * outputs_;
  for (int64_t p = 0; p < kCrepePlaces; ++p) {
    const float* outside = zeros_.data();
    if (p < kEndPlaces) outside = scratch.data() + p * outputs_;
    if (p >= kCrepePlaces - kEndPlaces)
      outside = scratch.data() + (p - kCrepePlaces + 2 * kEndPlaces) * outputs_;
    normalise_place(shared_sums + p * outputs_, outside, of_ones_.data() + p * outputs_,
                    static_cast<float>(inverse), static_cast<float>(-mean * inverse), outputs_,
                    pair + p % 2 * outputs_);
    if (p % 2 == 1)
      rectify_and_pool(pair, pair + outputs_, bias_.data(), scale_.data(), shift_.data(), outputs_,
                       out + p / 2 * kPanelColumns, kCrepePlaces / 2 * kPanelColumns);
  }
}

}  // namespace melomine::pitch
