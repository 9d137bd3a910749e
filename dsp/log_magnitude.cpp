#include "dsp/log_magnitude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::dsp {

void normalise_log_magnitude(std::span<float> window, double floor_db) {
  if (!(floor_db > 0) || !std::isfinite(floor_db))
    throw ConfigError(fmt::format("[log_magnitude] floor_db must be > 0, got {}", floor_db));
  float loudest = 0;
  for (const float value : window) loudest = std::max(loudest, value);
  if (!(loudest > 0)) {
    std::fill(window.begin(), window.end(), 0.0F);
    return;
  }
  // 1 + 20 log10(x / loudest) / floor, floored at 0; in log2, the cheapest logarithm.
  const auto scale = static_cast<float>(20.0 * std::log10(2.0) / floor_db);
  const float smallest = static_cast<float>(static_cast<double>(loudest) * std::pow(10.0, -floor_db / 20.0));
  const float offset = 1.0F - scale * std::log2(loudest);
  for (float& value : window)
    value = value > smallest ? std::clamp(offset + scale * std::log2(value), 0.0F, 1.0F) : 0.0F;
}

}  // namespace melomine::dsp
