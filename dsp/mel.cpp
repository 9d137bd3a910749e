#include "dsp/mel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::dsp {
namespace {

constexpr double kLinearHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kLinearHzPerMel;
// 27 mels take the logarithmic part from 1 kHz to 6.4 kHz.
const double kLogStep = std::log(6.4) / 27.0;

}  // namespace

double hz_to_mel(double hz) {
  return hz < kBreakHz ? hz / kLinearHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double mel_to_hz(double mel) {
  return mel < kBreakMel ? mel * kLinearHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

std::vector<MelBand> mel_bands(const MelConfig& c) {
  if (c.bands <= 0) throw ConfigError(fmt::format("[mel] bands must be > 0, got {}", c.bands));
  if (c.sample_rate_hz <= 0)
    throw ConfigError(fmt::format("[mel] sample_rate_hz must be > 0, got {}", c.sample_rate_hz));
  if (!(c.fmin_hz >= 0 && c.fmin_hz < c.fmax_hz))
    throw ConfigError(
        fmt::format("[mel] 0 <= fmin_hz < fmax_hz must hold, got {} and {}", c.fmin_hz, c.fmax_hz));
  if (c.fmax_hz > static_cast<double>(c.sample_rate_hz) / 2)
    throw ConfigError(fmt::format("[mel] fmax_hz must be at most {} (half of sample_rate_hz), got {}",
                                  static_cast<double>(c.sample_rate_hz) / 2, c.fmax_hz));
  const double mel_from = hz_to_mel(c.fmin_hz), mel_to = hz_to_mel(c.fmax_hz);
  const auto corner_hz = [&](int64_t i) {
    return mel_to_hz(mel_from +
                     (mel_to - mel_from) * static_cast<double>(i) / static_cast<double>(c.bands + 1));
  };
  const double bin_hz = static_cast<double>(c.sample_rate_hz) / static_cast<double>(c.stft.n_fft);
  const int64_t fft_bins = c.stft.n_fft / 2 + 1;
  std::vector<MelBand> bands(static_cast<size_t>(c.bands));
  for (int64_t b = 0; b < c.bands; ++b) {
    const double low = corner_hz(b), peak = corner_hz(b + 1), high = corner_hz(b + 2);
    MelBand& band = bands[static_cast<size_t>(b)];
    band.first_bin = static_cast<int64_t>(std::ceil(low / bin_hz));
    for (int64_t k = band.first_bin; k < fft_bins && static_cast<double>(k) * bin_hz < high; ++k) {
      const double hz = static_cast<double>(k) * bin_hz;
      const double height = std::max(0.0, std::min((hz - low) / (peak - low), (high - hz) / (high - peak)));
      band.weights.push_back(static_cast<float>(height * 2.0 / (high - low)));
    }
  }
  return bands;
}

MelSpectrogram::MelSpectrogram(const MelConfig& config)
    : stft_(config.stft), sample_rate_hz_(config.sample_rate_hz), bands_(mel_bands(config)) {}

FeatureMatrix MelSpectrogram::magnitude(std::span<const float> samples) const {
  const int64_t hop = stft_.config().hop_samples;
  FeatureMatrix out;
  out.bins = bins();
  out.frames = centred_frames(static_cast<int64_t>(samples.size()), hop);
  out.hop_s = static_cast<double>(hop) / static_cast<double>(sample_rate_hz_);
  out.values.resize(static_cast<size_t>(out.bins * out.frames));
  stft_.for_each_frame(samples, [&](int64_t t, std::span<const float> magnitudes) {
    for (size_t b = 0; b < bands_.size(); ++b) {
      double sum = 0;
      const float* bins = magnitudes.data() + bands_[b].first_bin;
      for (size_t i = 0; i < bands_[b].weights.size(); ++i)
        sum += static_cast<double>(bands_[b].weights[i]) * static_cast<double>(bins[i]);
      out.values[b * static_cast<size_t>(out.frames) + static_cast<size_t>(t)] = static_cast<float>(sum);
    }
  });
  return out;
}

}  // namespace melomine::dsp
