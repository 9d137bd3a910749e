#include "separation/checked_vocals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::separation {
namespace {

bool is_silent(const dsp::AudioBuffer& audio) {
  const double limit = std::pow(10.0, kSilence_db / 20);
  return std::all_of(audio.samples.begin(), audio.samples.end(),
                     [&](float x) { return std::abs(static_cast<double>(x)) < limit; });
}

}  // namespace

std::vector<int16_t> checked_vocals(const dsp::AudioBuffer& mix, const dsp::AudioBuffer& vocals,
                                    double tolerance_s) {
  const double excess_s = vocals.duration_s() - mix.duration_s();
  if (std::abs(excess_s) > tolerance_s)
    throw DataError(
        fmt::format("the result lasts {:.3f} s, its mix {:.3f} s", vocals.duration_s(), mix.duration_s()));
  const auto odd =
      std::find_if(vocals.samples.begin(), vocals.samples.end(), [](float x) { return !std::isfinite(x); });
  if (odd != vocals.samples.end())
    throw DataError(fmt::format("samples of the result at {:.2f} s are not finite (NaN)",
                                static_cast<double>(odd - vocals.samples.begin()) / vocals.sample_rate_hz));
  if (is_silent(vocals) && !is_silent(mix)) throw DataError("the result is silent");
  std::vector<int16_t> stored(mix.samples.size(), 0);
  for (size_t i = 0; i < std::min(stored.size(), vocals.samples.size()); ++i)
    stored[i] =
        static_cast<int16_t>(std::clamp(std::round(vocals.samples[i] * 32768.0f), -32768.0f, 32767.0f));
  return stored;
}

}  // namespace melomine::separation
