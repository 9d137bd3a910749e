#include "dsp/cqt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "dsp/half_band.h"

namespace melomine::dsp {
namespace {

/// Finest fraction of a sample on which frames may fall: below it, decimation stops. Each place has its own
/// taps, so an odd hop costs memory (and cache) in proportion.
constexpr int64_t kMaxPhaseBits = 4;
/// A block's samples: enough to make the wavelets' overhang at both ends small, few enough for the cache.
constexpr int64_t kBlockSamples = 1 << 16;
constexpr int64_t kMaxBins = 4096;
/// Beyond these a setting is a slip, and would ask for gigabytes.
constexpr int64_t kMaxHop = int64_t{1} << 31;
constexpr double kMaxWaveletSamples = 1 << 24;

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
int64_t ceil_div(int64_t a, int64_t b) {
  return -floor_div(-a, b);
}

void check_config(const CqtConfig& c) {
  const auto positive = [](const char* name, auto value) {
    if (!(value > 0)) throw ConfigError(fmt::format("[cqt] {} must be > 0, got {}", name, value));
  };
  positive("sample_rate_hz", c.sample_rate_hz);
  positive("hop_samples", c.hop_samples);
  positive("bins_per_octave", c.bins_per_octave);
  positive("octaves", c.octaves);
  positive("fmin_hz", c.fmin_hz);
  if (c.bins_per_octave > kMaxBins || c.octaves > kMaxBins / c.bins_per_octave)
    throw ConfigError(fmt::format("[cqt] bins_per_octave * octaves must be at most {}, got {} * {}", kMaxBins,
                                  c.bins_per_octave, c.octaves));
  if (c.hop_samples > kMaxHop)
    throw ConfigError(fmt::format("[cqt] hop_samples must be at most {}, got {}", kMaxHop, c.hop_samples));
}

/// Q from the distance of a bin's neighbours on both sides, as librosa >= 0.9 has it.
double quality(int64_t bins_per_octave) {
  const double ratio = std::exp2(2.0 / static_cast<double>(bins_per_octave));
  return (ratio + 1) / (ratio - 1);
}

}  // namespace

double upper_edge_hz(const CqtConfig& c) {
  const double octaves = static_cast<double>(c.octaves) - 1 / static_cast<double>(c.bins_per_octave);
  // Hann's equivalent noise bandwidth is 1.5 bins: half of it is what a wavelet hears above its centre.
  return c.fmin_hz * std::exp2(octaves) * (1 + 0.75 / quality(c.bins_per_octave));
}

Cqt::Cqt(const CqtConfig& config, const SimdKernels& kernels) : config_(config), kernels_(&kernels) {
  check_config(config);
  q_ = quality(config.bins_per_octave);
  const double top_hz = frequency_hz(bins() - 1), reach_hz = upper_edge_hz(config);
  const double nyquist_hz = static_cast<double>(config.sample_rate_hz) / 2;
  if (!(reach_hz <= nyquist_hz))
    throw ConfigError(
        fmt::format("[cqt] the highest bin ({:.1f} Hz, heard up to {:.1f} Hz) lies above Nyquist ({:.1f} "
                    "Hz): lower octaves "
                    "({}) or fmin_hz ({}), or raise sample_rate_hz ({})",
                    top_hz, reach_hz, nyquist_hz, config.octaves, config.fmin_hz, config.sample_rate_hz));
  if (!(wavelet_length(0) <= kMaxWaveletSamples))
    throw ConfigError(fmt::format(
        "[cqt] the lowest wavelet would be {:.3g} samples long, more than {}: raise fmin_hz ({}) or lower "
        "bins_per_octave ({})",
        wavelet_length(0), kMaxWaveletSamples, config.fmin_hz, config.bins_per_octave));
  plan_levels();
}

double Cqt::frequency_hz(int64_t bin) const {
  return config_.fmin_hz * std::exp2(static_cast<double>(bin) / static_cast<double>(config_.bins_per_octave));
}

double Cqt::wavelet_length(int64_t bin) const {
  return q_ * static_cast<double>(config_.sample_rate_hz) / frequency_hz(bin);
}

void Cqt::plan_levels() {
  int64_t max_level = kMaxPhaseBits;
  for (int64_t hop = config_.hop_samples; hop % 2 == 0; hop /= 2) ++max_level;
  // The lowest rate at which a bin's main lobe, f * (1 + 2 / Q), still passes the half-band filters unharmed.
  const auto level_of = [&](int64_t bin) {
    const double edge_hz = frequency_hz(bin) * (1 + 2 / q_);
    const double halvings = std::log2(kHalfBandPass * static_cast<double>(config_.sample_rate_hz) / edge_hz);
    return std::clamp(static_cast<int64_t>(std::floor(halvings)), int64_t{0}, max_level);
  };
  for (int64_t level = 0; level <= level_of(0); ++level) {
    const int64_t rate_divisor = int64_t{1} << level;
    const int64_t common = std::gcd(config_.hop_samples, rate_divisor);
    levels_.push_back({rate_divisor / common, config_.hop_samples / common, {}});
  }
  for (int64_t bin = 0; bin < bins();) {
    const int64_t level = level_of(bin);
    int64_t count = 1;
    while (count < kPanelBins && bin + count < bins() && level_of(bin + count) == level) ++count;
    levels_[static_cast<size_t>(level)].panels.push_back(plan_panel(level, bin, count));
    bin += count;
  }
  const Reach overhang = reaches(1).front();
  const int64_t wanted = std::max(kBlockSamples, 4 * (overhang.to - overhang.from));
  const int64_t phases = levels_.back().phases;  // blocks start where the phases do, at every level
  block_frames_ = std::max<int64_t>(1, wanted / config_.hop_samples / phases) * phases;
}

Cqt::Support Cqt::support(int64_t bin) const {
  // Whole numbers as in librosa's definition.
  const auto start = static_cast<int64_t>(std::floor(-wavelet_length(bin) / 2));
  return {start, static_cast<int64_t>(std::floor(wavelet_length(bin) / 2)) - start};
}

std::complex<double> Cqt::wavelet_at(int64_t bin, int64_t at, int64_t divisor) const {
  const auto [start, length] = support(bin);
  if (at < start || at >= start + length) return 0;
  const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(at - start) /
                                             static_cast<double>(length));
  // The L1 norm of a periodic Hann window is length / 2; one sample stands for `divisor` of them.
  const double scale = window * static_cast<double>(divisor) / (static_cast<double>(length) / 2) *
                       std::sqrt(wavelet_length(bin));
  const double angle = 2 * std::numbers::pi * frequency_hz(bin) * static_cast<double>(at) /
                       static_cast<double>(config_.sample_rate_hz);
  return {scale * std::cos(angle), -scale * std::sin(angle)};
}

Cqt::Wavelet Cqt::wavelet(int64_t bin) const {
  const auto [start, length] = support(bin);
  Wavelet wavelet{start, {}};
  wavelet.taps.reserve(static_cast<size_t>(length));
  for (int64_t at = start; at < start + length; ++at) wavelet.taps.emplace_back(wavelet_at(bin, at, 1));
  return wavelet;
}

Cqt::Panel Cqt::plan_panel(int64_t level, int64_t first_bin, int64_t bin_count) const {
  const int64_t divisor = int64_t{1} << level;
  const auto phases = levels_[static_cast<size_t>(level)].phases;
  const Support longest = support(first_bin);  // lengths fall as frequencies rise
  Panel panel{first_bin, bin_count, floor_div(longest.start, divisor), 0, {}};
  const int64_t last_tap = ceil_div(longest.start + longest.length, divisor) + (phases > 1 ? 1 : 0);
  panel.tap_count = last_tap - panel.first_tap + 1;
  panel.taps.assign(static_cast<size_t>(phases * panel.tap_count * kPanelColumns), 0.0F);
  for (int64_t phase = 0; phase < phases; ++phase) {
    // Frame `phase` is centred this far behind a sample of the level, in full-rate samples.
    const int64_t behind = phase * config_.hop_samples % divisor;
    for (int64_t tap = 0; tap < panel.tap_count; ++tap) {
      const int64_t at = (panel.first_tap + tap) * divisor - behind;
      float* row = panel.taps.data() + (phase * panel.tap_count + tap) * kPanelColumns;
      for (int64_t b = 0; b < bin_count; ++b) {
        const std::complex<double> value = wavelet_at(first_bin + b, at, divisor);
        row[b] = static_cast<float>(value.real());
        row[b + kPanelBins] = static_cast<float>(value.imag());
      }
    }
  }
  return panel;
}

std::vector<Cqt::Reach> Cqt::reaches(int64_t frames) const {
  std::vector<Reach> reach(levels_.size());
  for (size_t level = levels_.size(); level-- > 0;) {
    const int64_t last_centre = ((frames - 1) * config_.hop_samples) >> level;
    reach[level] = {0, last_centre + 1};
    for (const Panel& panel : levels_[level].panels) {
      reach[level].from = std::min(reach[level].from, panel.first_tap);
      reach[level].to = std::max(reach[level].to, last_centre + panel.first_tap + panel.tap_count);
    }
    if (level + 1 < levels_.size()) {
      reach[level].from = std::min(reach[level].from, 2 * reach[level + 1].from - 2 * kHalfBandSides);
      reach[level].to = std::max(reach[level].to, 2 * reach[level + 1].to + 2 * kHalfBandSides);
    }
  }
  return reach;
}

FeatureMatrix Cqt::magnitude(std::span<const float> samples) const {
  FeatureMatrix out;
  out.bins = bins();
  out.frames = frames(static_cast<int64_t>(samples.size()));
  out.hop_s = static_cast<double>(config_.hop_samples) / static_cast<double>(config_.sample_rate_hz);
  out.values.resize(static_cast<size_t>(out.bins * out.frames));
  magnitude(samples, out.values);
  return out;
}

void Cqt::magnitude(std::span<const float> samples, std::span<float> out) const {
  const int64_t all = frames(static_cast<int64_t>(samples.size()));
  if (out.size() != static_cast<size_t>(bins() * all))
    throw ShapeError(
        fmt::format("[cqt] the output must hold [{}, {}], got {} values", bins(), all, out.size()));
  for (int64_t first = 0; first < all; first += block_frames_)
    transform_block(samples, first, std::min(block_frames_, all - first), all, out.data());
}

void Cqt::transform_block(std::span<const float> samples, int64_t first_frame, int64_t frame_count,
                          int64_t all_frames, float* out) const {
  thread_local std::vector<float> current, halved, odd;
  const std::vector<Reach> reach = reaches(frame_count);
  const int64_t length = static_cast<int64_t>(samples.size());
  const int64_t start = first_frame * config_.hop_samples + reach[0].from;
  const int64_t count = reach[0].to - reach[0].from;
  current.assign(static_cast<size_t>(count), 0.0F);
  const int64_t from = std::clamp<int64_t>(start, 0, length), to = std::clamp(start + count, from, length);
  std::copy(samples.begin() + from, samples.begin() + to, current.begin() + (from - start));

  for (size_t level = 0; level < levels_.size(); ++level) {
    const Level& rate = levels_[level];
    const float* centre = current.data() - reach[level].from;
    for (const Panel& panel : rate.panels) {
      for (int64_t phase = 0; phase < std::min(rate.phases, frame_count); ++phase) {
        const int64_t at = (phase * config_.hop_samples) >> level;
        kernels_->multiply({.samples = centre + at + panel.first_tap,
                            .frames = (frame_count - phase + rate.phases - 1) / rate.phases,
                            .frame_stride = rate.phase_stride,
                            .taps = panel.taps.data() + phase * panel.tap_count * kPanelColumns,
                            .tap_count = panel.tap_count,
                            .magnitude = out + panel.first_bin * all_frames + first_frame + phase,
                            .bins = panel.bins,
                            .bin_stride = all_frames,
                            .out_frame_step = rate.phases});
      }
    }
    if (level + 1 == levels_.size()) break;
    const Reach& next = reach[level + 1];
    const auto next_count = static_cast<size_t>(next.to - next.from);
    halved.resize(next_count);
    odd.resize(next_count + 2 * kHalfBandSides);
    kernels_->halve({.input = centre + 2 * next.from,
                     .count = static_cast<int64_t>(next_count),
                     .side = half_band_side_taps().data(),
                     .side_count = kHalfBandSides,
                     .odd = odd.data(),
                     .output = halved.data()});
    current.swap(halved);
  }
}

}  // namespace melomine::dsp
