#include "dsp/stft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/error.h"
#include "dsp/fft.h"

namespace melomine::dsp {
namespace {

constexpr int64_t kMaxFft = int64_t{1} << 24;

}  // namespace

std::vector<float> hann_window(int64_t length) {
  std::vector<float> window(static_cast<size_t>(length));
  for (int64_t n = 0; n < length; ++n)
    window[static_cast<size_t>(n)] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(length)));
  return window;
}

int64_t centred_frames(int64_t samples, int64_t hop_samples) {
  return 1 + samples / hop_samples;
}

void copy_padded(std::span<const float> samples, int64_t start, Padding padding, std::span<float> frame) {
  const auto length = static_cast<int64_t>(samples.size()), count = static_cast<int64_t>(frame.size());
  const int64_t inside_from = std::clamp<int64_t>(-start, 0, count);
  const int64_t inside_to = std::clamp<int64_t>(length - start, inside_from, count);
  const int64_t period = 2 * (length - 1);
  const auto outside = [&](int64_t index) {
    if (padding == Padding::kZero || length == 0) return 0.0F;
    if (length == 1) return samples[0];
    const int64_t wrapped = ((index % period) + period) % period;
    return samples[static_cast<size_t>(std::min(wrapped, period - wrapped))];
  };
  for (int64_t i = 0; i < inside_from; ++i) frame[static_cast<size_t>(i)] = outside(start + i);
  if (inside_to > inside_from)
    std::copy_n(samples.begin() + start + inside_from, inside_to - inside_from, frame.begin() + inside_from);
  for (int64_t i = inside_to; i < count; ++i) frame[static_cast<size_t>(i)] = outside(start + i);
}

Stft::Stft(const StftConfig& config) : config_(config) {
  if (config.hop_samples <= 0)
    throw ConfigError(fmt::format("[stft] hop_samples must be > 0, got {}", config.hop_samples));
  if (config.n_fft < 2 || config.n_fft % 2 != 0 || config.n_fft > kMaxFft)
    throw ConfigError(
        fmt::format("[stft] n_fft must be even and from 2 to {}, got {}", kMaxFft, config.n_fft));
  window_ = hann_window(config.n_fft);
}

void Stft::for_each_frame(std::span<const float> samples,
                          const std::function<void(int64_t, std::span<const float>)>& sink) const {
  RealFft& fft = thread_fft(config_.n_fft);
  std::vector<float> frame(window_.size()), magnitudes(static_cast<size_t>(bins()));
  std::vector<std::complex<float>> spectrum(magnitudes.size());
  const int64_t frames = centred_frames(static_cast<int64_t>(samples.size()), config_.hop_samples);
  for (int64_t t = 0; t < frames; ++t) {
    copy_padded(samples, t * config_.hop_samples - config_.n_fft / 2, config_.padding, frame);
    for (size_t n = 0; n < frame.size(); ++n) frame[n] *= window_[n];
    fft.forward(frame, spectrum);
    for (size_t k = 0; k < spectrum.size(); ++k)
      magnitudes[k] =
          std::sqrt(spectrum[k].real() * spectrum[k].real() + spectrum[k].imag() * spectrum[k].imag());
    sink(t, magnitudes);
  }
}

FeatureMatrix Stft::magnitude(std::span<const float> samples) const {
  FeatureMatrix out;
  out.bins = bins();
  out.frames = centred_frames(static_cast<int64_t>(samples.size()), config_.hop_samples);
  out.values.resize(static_cast<size_t>(out.bins * out.frames));
  for_each_frame(samples, [&out](int64_t t, std::span<const float> magnitudes) {
    for (size_t k = 0; k < magnitudes.size(); ++k)
      out.values[k * static_cast<size_t>(out.frames) + static_cast<size_t>(t)] = magnitudes[k];
  });
  return out;
}

}  // namespace melomine::dsp
