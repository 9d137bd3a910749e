#include "dsp/time_stretch.h"

#include <cmath>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "dsp/sinc_resample.h"
#include "dsp/wsola.h"

namespace melomine::dsp {
namespace {

constexpr double kMinRate = 0.25, kMaxRate = 4;
constexpr double kMaxSemitones = 24;

}  // namespace

StretchPlan plan_stretch(int64_t samples, double rate, double semitones, int sample_rate_hz) {
  if (sample_rate_hz <= 0)
    throw ConfigError("[time_stretch] sample rate must be > 0, got " + std::to_string(sample_rate_hz));
  if (!(rate >= kMinRate && rate <= kMaxRate))
    throw ConfigError("[time_stretch] rate must be in [0.25, 4], got " + format_number(rate));
  if (!(std::abs(semitones) <= kMaxSemitones))
    throw ConfigError("[pitch_shift] semitones must be in [-24, 24], got " + format_number(semitones));
  StretchPlan plan;
  plan.count = static_cast<int64_t>(std::llround(static_cast<double>(samples) / rate));
  plan.speed = std::exp2(semitones / 12);
  plan.tempo = rate / plan.speed;
  plan.stretched = plan.tempo == 1
                       ? samples
                       : static_cast<int64_t>(std::ceil(static_cast<double>(plan.count) * plan.speed));
  return plan;
}

std::vector<float> stretch_and_shift(std::span<const float> samples, double rate, double semitones,
                                     int sample_rate_hz) {
  const StretchPlan plan =
      plan_stretch(static_cast<int64_t>(samples.size()), rate, semitones, sample_rate_hz);
  std::vector<float> stretched = plan.tempo == 1
                                     ? std::vector<float>(samples.begin(), samples.end())
                                     : wsola(samples, wsola_grid(sample_rate_hz), plan.tempo, plan.stretched);
  return plan.speed == 1 ? stretched : sinc_resample(stretched, plan.speed, plan.count);
}

std::vector<float> time_stretch(std::span<const float> samples, double rate, int sample_rate_hz) {
  return stretch_and_shift(samples, rate, 0, sample_rate_hz);
}

std::vector<float> pitch_shift(std::span<const float> samples, double semitones, int sample_rate_hz) {
  return stretch_and_shift(samples, 1, semitones, sample_rate_hz);
}

}  // namespace melomine::dsp
