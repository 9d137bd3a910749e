#include "synth/room_acoustics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "datasets/coloured_noise.h"

namespace melomine::synth {
namespace {

constexpr double kSilentPower = 1e-12;
constexpr double kBreathFollows_s = 0.06;

class Comb {
 public:
  Comb(double delay_s, double decay_s, int sample_rate_hz)
      : line_(static_cast<size_t>(delay_s * sample_rate_hz) + 1, 0.0f),
        feedback_(static_cast<float>(std::pow(10.0, -3 * delay_s / decay_s))) {}
  float process(float x) {
    const float y = line_[at_];
    // Damping in the loop: a room absorbs the treble first.
    damped_ += 0.6f * (y - damped_);
    line_[at_] = x + feedback_ * damped_;
    if (++at_ == line_.size()) at_ = 0;
    return y;
  }

 private:
  std::vector<float> line_;
  float feedback_, damped_ = 0;
  size_t at_ = 0;
};

class AllPass {
 public:
  AllPass(double delay_s, int sample_rate_hz)
      : line_(static_cast<size_t>(delay_s * sample_rate_hz) + 1, 0.0f) {}
  float process(float x) {
    const float delayed = line_[at_];
    const float y = delayed - 0.7f * x;
    line_[at_] = x + 0.7f * y;
    if (++at_ == line_.size()) at_ = 0;
    return y;
  }

 private:
  std::vector<float> line_;
  size_t at_ = 0;
};

double mean_power(const std::vector<float>& samples) {
  double sum = 0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

/// Two one-pole filters in a row each way.
void band_pass(std::vector<float>& samples, double low_cut_hz, double high_cut_hz, int sample_rate_hz) {
  using std::numbers::pi;
  const auto low = static_cast<float>(1 - std::exp(-2 * pi * low_cut_hz / sample_rate_hz));
  const auto high = static_cast<float>(1 - std::exp(-2 * pi * high_cut_hz / sample_rate_hz));
  float l1 = 0, l2 = 0, h1 = 0, h2 = 0;
  for (float& x : samples) {
    l1 += low * (x - l1);
    const float a = x - l1;
    l2 += low * (a - l2);
    const float b = a - l2;
    h1 += high * (b - h1);
    h2 += high * (h1 - h2);
    x = h2;
  }
}

void add_mains(std::vector<float>& noise, double level, int sample_rate_hz) {
  for (size_t i = 0; i < noise.size(); ++i) {
    const double t = 2 * std::numbers::pi * 50 * static_cast<double>(i) / sample_rate_hz;
    noise[i] += static_cast<float>(level * (std::sin(t) + 0.5 * std::sin(2 * t) + 0.3 * std::sin(3 * t)));
  }
}

/// Brown noise that swells with the voice, as air on a close microphone does.
void add_breath(std::vector<float>& samples, double level_db, int sample_rate_hz, RandomStream& random) {
  const double power = mean_power(samples);
  auto noise = datasets::coloured_noise(static_cast<int64_t>(samples.size()), 2, sample_rate_hz, random);
  const double keep = std::exp(-1.0 / (kBreathFollows_s * sample_rate_hz));
  double envelope = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    envelope = keep * envelope + (1 - keep) * std::abs(samples[i]);
    noise[i] *= static_cast<float>(envelope);
  }
  const double noise_power = mean_power(noise);
  if (power <= kSilentPower || noise_power <= 0) return;
  const auto gain = static_cast<float>(std::sqrt(power / noise_power) * std::pow(10.0, level_db / 20));
  for (size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
}

}  // namespace

void add_reverb(dsp::AudioBuffer& audio, double wet, double decay_s) {
  if (wet <= 0) return;
  const int rate = audio.sample_rate_hz;
  std::array<Comb, 4> combs = {Comb(0.0297, decay_s, rate), Comb(0.0371, decay_s, rate),
                               Comb(0.0411, decay_s, rate), Comb(0.0437, decay_s, rate)};
  AllPass first(0.005, rate), second(0.0017, rate);
  const auto level = static_cast<float>(0.25 * wet);
  for (float& x : audio.samples) {
    float sum = 0;
    for (Comb& comb : combs) sum += comb.process(x);
    x += level * second.process(first.process(sum));
  }
}

void record_through(dsp::AudioBuffer& audio, const Microphone& microphone, RandomStream& random) {
  const int rate = audio.sample_rate_hz;
  if (microphone.breath_db > -100) add_breath(audio.samples, microphone.breath_db, rate, random);
  const double power = mean_power(audio.samples);
  std::vector<float> noise = datasets::coloured_noise(static_cast<int64_t>(audio.samples.size()),
                                                      microphone.noise_exponent, rate, random);
  const double noise_rms = std::sqrt(mean_power(noise));
  if (microphone.mains_hum_db > -100)
    add_mains(noise, noise_rms * std::pow(10.0, microphone.mains_hum_db / 20), rate);
  const double noise_power = mean_power(noise);
  if (power > kSilentPower && noise_power > kSilentPower) {
    const auto gain =
        static_cast<float>(std::sqrt(power / noise_power) * std::pow(10.0, -microphone.noise_snr_db / 20));
    for (size_t i = 0; i < noise.size(); ++i) audio.samples[i] += gain * noise[i];
  }
  band_pass(audio.samples, microphone.low_cut_hz, microphone.high_cut_hz, rate);
  float peak = 0;
  for (const float x : audio.samples) peak = std::max(peak, std::abs(x));
  if (peak <= 0) return;
  const auto gain = static_cast<float>(microphone.peak / peak);
  for (float& x : audio.samples) x = std::clamp(gain * x, -1.0f, 1.0f);
}

}  // namespace melomine::synth
