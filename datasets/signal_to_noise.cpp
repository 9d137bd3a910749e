#include "datasets/signal_to_noise.h"

#include <algorithm>
#include <cmath>

namespace melomine::datasets {
namespace {

double power(std::span<const float> samples) {
  double sum = 0;
  for (const float s : samples) sum += static_cast<double>(s) * s;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

/// What `other` is multiplied by to lie snr_db below the clip; 0 when either is silent.
double gain_for_snr(double clip_power, double other_power, double snr_db) {
  if (clip_power < kSilencePower || other_power < kSilencePower) return 0;
  return std::sqrt(clip_power / other_power * std::pow(10, -snr_db / 10));
}

}  // namespace

void bind_snr(configs::Binder& b, SnrRange& range) {
  b.number("min_snr_db", range.min_db, configs::any_number(), "lowest signal-to-noise ratio, dB");
  b.number("max_snr_db", range.max_db, configs::any_number(), "highest signal-to-noise ratio, dB");
  b.require(range.min_db <= range.max_db, "min_snr_db", "must not be above max_snr_db");
}

void mix_at_snr(std::span<float> clip, std::span<const float> other, double snr_db) {
  if (clip.empty() || other.empty()) return;
  // The power is of what is heard: of a longer clip only the part that is used.
  const size_t used = std::min(clip.size(), other.size());
  double other_power = power(other.first(used));
  if (const size_t rest = clip.size() % used; used == other.size() && rest != 0) {
    const double whole = other_power * static_cast<double>(clip.size() - rest);
    other_power =
        (whole + power(other.first(rest)) * static_cast<double>(rest)) / static_cast<double>(clip.size());
  }
  const auto gain = static_cast<float>(gain_for_snr(power(clip), other_power, snr_db));
  if (gain == 0) return;
  for (size_t start = 0; start < clip.size(); start += used)
    for (size_t i = start; i < std::min(start + used, clip.size()); ++i) clip[i] += gain * other[i - start];
}

}  // namespace melomine::datasets
