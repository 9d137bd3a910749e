#include "dsp/voice_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "dsp/rms.h"
#include "dsp/silence.h"

namespace melomine::dsp {
namespace {

/// How many of the first t frames sound. @returns [frames + 1]
std::vector<int64_t> sounding_before(const std::vector<float>& rms, double level_db) {
  const double loudest = *std::max_element(rms.begin(), rms.end());
  const double level = loudest * std::pow(10.0, -level_db / 20);
  std::vector<int64_t> before(rms.size() + 1);
  for (size_t t = 0; t < rms.size(); ++t)
    before[t + 1] = before[t] + (static_cast<double>(rms[t]) > level ? 1 : 0);
  return before;
}

}  // namespace

void bind(configs::Binder& b, VoiceMask& c) {
  b.number("level_db", c.level_db, configs::at_least(0),
           "a frame this far under the recording's loudest is a rest; 0: no mask, every window counts");
  b.number("share", c.share, configs::between(0, 1),
           "least share of a window's frames that are no rest; others count for nothing");
}

std::vector<uint8_t> voiced_windows(const AudioBuffer& audio, const WindowGrid& grid, const VoiceMask& mask) {
  if (!mask.on() || !(grid.length_s > 0) || !(grid.step_s > 0))
    throw ConfigError(fmt::format("[voice mask] needs level_db, window and step > 0, got {}, {} and {}",
                                  mask.level_db, grid.length_s, grid.step_s));
  const SilenceConfig frames;
  const std::vector<int64_t> before =
      sounding_before(frame_rms(audio.samples, frames.frame_samples, frames.hop_samples), mask.level_db);
  const auto last = static_cast<int64_t>(before.size()) - 1;
  const double frames_per_s =
      static_cast<double>(audio.sample_rate_hz) / static_cast<double>(frames.hop_samples);
  const auto first_frame_from = [&](double start_s) {
    // Keeps times that are whole frames on that frame.
    constexpr double kRounding = 1e-6;
    return std::clamp<int64_t>(static_cast<int64_t>(std::ceil(start_s * frames_per_s - kRounding)), 0, last);
  };
  std::vector<uint8_t> voiced(static_cast<size_t>(grid.windows));
  for (size_t w = 0; w < voiced.size(); ++w) {
    const double start_s = static_cast<double>(w) * grid.step_s;
    const int64_t first = first_frame_from(start_s), end = first_frame_from(start_s + grid.length_s);
    const int64_t sounding = before[static_cast<size_t>(end)] - before[static_cast<size_t>(first)];
    voiced[w] =
        sounding > 0 && static_cast<double>(sounding) >= mask.share * static_cast<double>(end - first);
  }
  return voiced;
}

}  // namespace melomine::dsp
