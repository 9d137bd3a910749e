#include "dsp/silence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "dsp/rms.h"

namespace melomine::dsp {

std::vector<SampleInterval> split_at_silence(std::span<const float> rms, int64_t audio_samples,
                                             const SilenceConfig& config) {
  if (!(config.level_db > 0))
    throw ConfigError(fmt::format("[silence] level_db must be > 0, got {}", config.level_db));
  if (config.hop_samples <= 0)
    throw ConfigError(fmt::format("[silence] hop_samples must be > 0, got {}", config.hop_samples));
  const auto loudest = std::max_element(rms.begin(), rms.end());
  if (loudest == rms.end() || !(*loudest > 0)) return {};
  const auto sounds = [&](float level) {
    return level > 0 &&
           20 * std::log10(static_cast<double>(level) / static_cast<double>(*loudest)) > -config.level_db;
  };
  std::vector<SampleInterval> stretches;
  bool inside = false;
  for (size_t t = 0; t <= rms.size(); ++t) {
    const bool now = t < rms.size() && sounds(rms[t]);
    const int64_t edge = std::min(static_cast<int64_t>(t) * config.hop_samples, audio_samples);
    if (now && !inside) stretches.push_back({edge, edge});
    if (!now && inside) stretches.back().end = edge;
    inside = now;
  }
  // A last frame that starts where the audio ends is an empty stretch; nobody can use one.
  std::erase_if(stretches, [](const SampleInterval& s) { return s.length() == 0; });
  return stretches;
}

std::vector<SampleInterval> split_at_silence(std::span<const float> samples, const SilenceConfig& config) {
  const std::vector<float> rms = frame_rms(samples, config.frame_samples, config.hop_samples);
  return split_at_silence(rms, static_cast<int64_t>(samples.size()), config);
}

double trim_ends(AudioBuffer& audio, double level_db) {
  if (level_db <= 0) return 0;
  const auto sounding = split_at_silence(audio.samples, {.level_db = level_db});
  if (sounding.empty()) return 0;
  audio.samples.resize(static_cast<size_t>(sounding.back().end));
  audio.samples.erase(audio.samples.begin(), audio.samples.begin() + sounding.front().start);
  return static_cast<double>(sounding.front().start) / audio.sample_rate_hz;
}

}  // namespace melomine::dsp
