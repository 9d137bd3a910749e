#include "pitch/yin.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "dsp/short_correlation.h"

namespace melomine::pitch {
namespace {

/// F0Range::frame_samples is given at this rate.
constexpr double kFrameRateHz = 16000;
/// Mean power of a difference below which a frame is silence: -120 dB of full scale.
constexpr double kSilencePower = 1e-12;
/// A difference below this share of the window's energy is what single precision leaves of a constant.
constexpr double kRounding = 1e-6;

/// Where block k of the product sums begins; frame t integrates blocks t .. t + window_hops - 1.
int64_t block_start(const YinGrid& grid, int64_t k) {
  return std::llround(static_cast<double>(k) * grid.hop_samples);
}

/// The signal less its mean, with zeros on both sides, so that block 0 begins at its first value. (An offset
/// changes no difference, but the sums lose its digits.)
std::vector<float> pad_signal(std::span<const float> samples, const YinGrid& grid) {
  const int64_t before = grid.samples_before;
  const int64_t last = block_start(grid, grid.frames + grid.window_hops) + dsp::padded_lags(grid.max_lag + 2);
  std::vector<float> padded(
      static_cast<size_t>(std::max(before + static_cast<int64_t>(samples.size()), last) + 1));
  double mean = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i]))
      throw DataError("[f0] sample " + std::to_string(i) + " is not a finite number");
    mean += samples[i];
  }
  mean /= static_cast<double>(std::max<size_t>(1, samples.size()));
  for (size_t i = 0; i < samples.size(); ++i)
    padded[static_cast<size_t>(before) + i] = static_cast<float>(samples[i] - mean);
  return padded;
}

/// energy[i] = sum of squares of the first i values.
std::vector<double> running_energy(const std::vector<float>& values) {
  std::vector<double> energy(values.size() + 1);
  for (size_t i = 0; i < values.size(); ++i)
    energy[i + 1] = energy[i] + static_cast<double>(values[i]) * values[i];
  return energy;
}

/// Cumulative mean normalised difference, eq. 8.
void normalise(const std::vector<double>& difference, double silence, std::vector<double>& normalised) {
  normalised[0] = 1;
  double sum = 0;
  for (size_t lag = 1; lag < difference.size(); ++lag) {
    sum += difference[lag];
    const double mean = sum / static_cast<double>(lag);
    normalised[lag] = mean > silence ? difference[lag] / mean : 1.0;
  }
}

}  // namespace

YinGrid yin_grid(int64_t samples, int sample_rate_hz, const F0Range& range) {
  const auto number = [](double value) { return format_number(value); };
  if (sample_rate_hz <= 0)
    throw ConfigError("[f0] sample rate must be > 0, got " + std::to_string(sample_rate_hz));
  YinGrid grid;
  grid.sample_rate_hz = sample_rate_hz;
  grid.hop_samples = range.hop_s * sample_rate_hz;
  if (!(grid.hop_samples >= 1))
    throw ConfigError("[f0] hop_s must be at least one sample, got " + number(range.hop_s));
  if (!(range.fmin_hz > 0) || !(range.fmax_hz > range.fmin_hz))
    throw ConfigError("[f0] fmin_hz must be > 0 and below fmax_hz, got " + number(range.fmin_hz) + " and " +
                      number(range.fmax_hz));
  if (range.fmax_hz > sample_rate_hz / 4.0)
    throw ConfigError("[f0] fmax_hz must be at most a quarter of the sample rate, got " +
                      number(range.fmax_hz));
  const double frame = static_cast<double>(range.frame_samples) * sample_rate_hz / kFrameRateHz;
  grid.min_lag = std::max<int64_t>(2, static_cast<int64_t>(sample_rate_hz / range.fmax_hz));
  grid.max_lag = static_cast<int64_t>(std::ceil(sample_rate_hz / range.fmin_hz));
  if (static_cast<double>(grid.max_lag) > frame)
    throw ConfigError("[f0] frame_samples must hold a period of fmin_hz (" + number(range.fmin_hz) +
                      "), got " + std::to_string(range.frame_samples));
  grid.window_hops = std::max<int64_t>(1, std::llround(frame / grid.hop_samples));
  grid.window_samples = block_start(grid, grid.window_hops);
  // What a frame compares is its window and one period: with a period in the middle of the range these are
  // centred on t * hop, others are off by half the difference.
  const double middle_lag = sample_rate_hz / std::sqrt(range.fmin_hz * range.fmax_hz);
  grid.samples_before = (grid.window_samples + std::llround(middle_lag)) / 2;
  grid.frames = 1 + static_cast<int64_t>(static_cast<double>(samples) / grid.hop_samples);
  return grid;
}

void for_each_yin_frame(std::span<const float> samples, const YinGrid& grid,
                        const std::function<void(const YinFrame&)>& visit) {
  const std::vector<float> signal = pad_signal(samples, grid);
  const std::vector<double> energy = running_energy(signal);
  const int64_t lags = grid.max_lag + 2, stride = dsp::padded_lags(lags), ring = grid.window_hops;
  // Sums longer than this would lose digits in single precision.
  constexpr int64_t kBlockSamples = 512;
  std::vector<float> piece(static_cast<size_t>(stride));
  std::vector<double> blocks(static_cast<size_t>(stride * ring)), correlation(static_cast<size_t>(lags));
  std::vector<double> difference(static_cast<size_t>(lags)), normalised(static_cast<size_t>(lags));
  const auto fill_block = [&](int64_t k) {
    double* block = blocks.data() + (k % ring) * stride;
    std::fill(block, block + stride, 0.0);
    const int64_t end = block_start(grid, k + 1);
    for (int64_t start = block_start(grid, k); start < end; start += kBlockSamples) {
      const float* x = signal.data() + start;
      dsp::correlate_lags(x, x, std::min(kBlockSamples, end - start), lags, piece.data());
      for (int64_t lag = 0; lag < stride; ++lag) block[lag] += piece[static_cast<size_t>(lag)];
    }
  };
  for (int64_t k = 0; k + 1 < ring; ++k) fill_block(k);
  for (int64_t t = 0; t < grid.frames; ++t) {
    fill_block(t + ring - 1);
    std::fill(correlation.begin(), correlation.end(), 0.0);
    for (int64_t k = 0; k < ring; ++k)
      for (int64_t lag = 0; lag < lags; ++lag)
        correlation[static_cast<size_t>(lag)] += blocks[static_cast<size_t>(k * stride + lag)];
    const int64_t start = block_start(grid, t), end = block_start(grid, t + ring);
    const double* at_start = energy.data() + start;
    const double* at_end = energy.data() + end;
    for (int64_t lag = 0; lag < lags; ++lag)
      difference[static_cast<size_t>(lag)] =
          std::max(0.0, at_end[0] - at_start[0] + at_end[lag] - at_start[lag] -
                            2 * correlation[static_cast<size_t>(lag)]);
    difference[0] = 0;
    const double silence =
        std::max(kSilencePower * static_cast<double>(end - start), kRounding * (at_end[0] - at_start[0]));
    normalise(difference, silence, normalised);
    visit({t, difference, normalised});
  }
}

void find_yin_dips(const YinFrame& frame, const YinGrid& grid, std::vector<YinDip>& dips) {
  dips.clear();
  for (int64_t lag = grid.min_lag; lag <= grid.max_lag; ++lag) {
    const auto i = static_cast<size_t>(lag);
    const double here = frame.normalised[i];
    if (!(here < frame.normalised[i - 1] && here <= frame.normalised[i + 1])) continue;
    const double left = frame.difference[i - 1], middle = frame.difference[i],
                 right = frame.difference[i + 1];
    const double curvature = left - 2 * middle + right;
    const double offset = curvature > 0 ? std::clamp(0.5 * (left - right) / curvature, -1.0, 1.0) : 0.0;
    // The dip lies below its lowest sample by the same share in both functions.
    const double bottom = middle - 0.25 * (left - right) * offset;
    const double depth = middle > 0 ? here * std::clamp(bottom / middle, 0.0, 1.0) : 0.0;
    dips.push_back({static_cast<double>(lag) + offset, depth});
  }
}

}  // namespace melomine::pitch
