#include "dsp/voiced_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "dsp/rms.h"
#include "dsp/silence.h"

namespace melomine::dsp {

VoicedFrames::VoicedFrames(const AudioBuffer& audio, const VoiceMask& mask) : mask_(mask) {
  if (!mask.on())
    throw ConfigError(fmt::format("[voice mask] needs level_db or min_rms > 0, got {} and {}", mask.level_db,
                                  mask.min_rms));
  const SilenceConfig frames;
  frames_per_s_ = static_cast<double>(audio.sample_rate_hz) / static_cast<double>(frames.hop_samples);
  const std::vector<float> rms = frame_rms(audio.samples, frames.frame_samples, frames.hop_samples);
  const double loudest = *std::max_element(rms.begin(), rms.end());
  const double level = mask.level_db > 0 ? loudest * std::pow(10.0, -mask.level_db / 20) : 0;
  sounds_.reserve(rms.size());
  for (const float x : rms) sounds_.push_back(static_cast<double>(x) > level);
  if (!(mask.min_rms > 0)) return;
  rms_before_.assign(1, 0);
  for (const float x : rms) rms_before_.push_back(rms_before_.back() + static_cast<double>(x));
}

bool VoicedFrames::hold_voice(double start_s, double length_s) const {
  const auto first_frame_from = [&](double t_s) {
    // Keeps times that are whole frames on that frame.
    constexpr double kRounding = 1e-6;
    return std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(std::ceil(t_s * frames_per_s_ - kRounding)),
                                      0, static_cast<std::ptrdiff_t>(sounds_.size()));
  };
  const auto first = first_frame_from(start_s), end = first_frame_from(start_s + length_s);
  if (end <= first) return false;
  const auto frames = static_cast<double>(end - first);
  if (mask_.min_rms > 0 && rms_before_[static_cast<size_t>(end)] - rms_before_[static_cast<size_t>(first)] <
                               mask_.min_rms * frames)
    return false;
  const auto sounding = std::count(sounds_.begin() + first, sounds_.begin() + end, true);
  return sounding > 0 && (mask_.level_db <= 0 || static_cast<double>(sounding) >= mask_.share * frames);
}

}  // namespace melomine::dsp
