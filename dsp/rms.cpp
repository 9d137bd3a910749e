#include "dsp/rms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::dsp {

std::vector<float> frame_rms(std::span<const float> samples, int64_t frame_samples, int64_t hop_samples) {
  if (frame_samples <= 0)
    throw ConfigError(fmt::format("[rms] frame_samples must be > 0, got {}", frame_samples));
  if (hop_samples <= 0) throw ConfigError(fmt::format("[rms] hop_samples must be > 0, got {}", hop_samples));
  const auto length = static_cast<int64_t>(samples.size());
  std::vector<float> rms(static_cast<size_t>(1 + length / hop_samples));
  for (size_t t = 0; t < rms.size(); ++t) {
    const int64_t start = static_cast<int64_t>(t) * hop_samples - frame_samples / 2;
    const int64_t from = std::max<int64_t>(start, 0), to = std::min(start + frame_samples, length);
    double energy = 0;
    for (int64_t n = from; n < to; ++n) {
      const auto x = static_cast<double>(samples[static_cast<size_t>(n)]);
      energy += x * x;
    }
    rms[t] = static_cast<float>(std::sqrt(energy / static_cast<double>(frame_samples)));
  }
  return rms;
}

}  // namespace melomine::dsp
