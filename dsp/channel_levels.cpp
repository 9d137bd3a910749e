#include "dsp/channel_levels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace melomine::dsp {
namespace {

constexpr double kSilentPower = 1e-8;  // -80 dB of full scale
constexpr double kCancelledShare = 0.005;

/// Sums of squares over a frame.
struct Sums {
  std::vector<double> channels;
  double average = 0;
};

template <class T>
double value_of(T sample) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<double>(sample);
  // Unsigned samples have their zero in the middle.
  else if constexpr (std::is_unsigned_v<T>)
    return (static_cast<double>(sample) - 128) / 128;
  else
    return static_cast<double>(sample) / -static_cast<double>(std::numeric_limits<T>::min());
}

template <class T>
Sums sums_of(const AVFrame& frame) {
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const auto channels = static_cast<size_t>(frame.ch_layout.nb_channels);
  const auto count = static_cast<size_t>(frame.nb_samples);
  Sums sums;
  sums.channels.resize(channels);
  std::vector<double> total(count);
  for (size_t c = 0; c < channels; ++c) {
    const T* samples = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]) + (planar ? 0 : c);
    const size_t stride = planar ? 1 : channels;
    double energy = 0;
    for (size_t i = 0; i < count; ++i) {
      const double value = value_of(samples[i * stride]);
      energy += value * value;
      total[i] += value;
    }
    sums.channels[c] = energy;
  }
  for (const double value : total) sums.average += value * value;
  sums.average /= static_cast<double>(channels * channels);
  return sums;
}

Sums sums_of(const AVFrame& frame) {
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8:
      return sums_of<uint8_t>(frame);
    case AV_SAMPLE_FMT_S16:
      return sums_of<int16_t>(frame);
    case AV_SAMPLE_FMT_S32:
      return sums_of<int32_t>(frame);
    case AV_SAMPLE_FMT_S64:
      return sums_of<int64_t>(frame);
    case AV_SAMPLE_FMT_FLT:
      return sums_of<float>(frame);
    case AV_SAMPLE_FMT_DBL:
      return sums_of<double>(frame);
    default:
      return {};
  }
}

}  // namespace

bool ChannelLevels::add(const AVFrame& frame) {
  const Sums sums = sums_of(frame);
  double energy = 0;
  for (const double e : sums.channels) energy += e;
  // A sum with a number in it that is not finite is not finite.
  if (!std::isfinite(energy)) return false;
  energy_.resize(std::max(energy_.size(), sums.channels.size()));
  for (size_t c = 0; c < sums.channels.size(); ++c) energy_[c] += sums.channels[c];
  const double power_samples = energy / static_cast<double>(std::max<size_t>(1, sums.channels.size()));
  if (power_samples <= kSilentPower * frame.nb_samples) return true;
  const double duration_s = static_cast<double>(frame.nb_samples) / std::max(1, frame.sample_rate);
  sounding_s_ += duration_s;
  if (sums.average < kCancelledShare * power_samples) cancelled_s_ += duration_s;
  return true;
}

int ChannelLevels::loudest() const {
  return static_cast<int>(std::max_element(energy_.begin(), energy_.end()) - energy_.begin());
}

}  // namespace melomine::dsp
