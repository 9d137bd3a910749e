#include "synth/hum_synthesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "synth/formants.h"
#include "synth/singer.h"
#include "synth/voice.h"
#include "synth/wavetable.h"
#include "synth/white_noise.h"

namespace melomine::synth {
namespace {

constexpr double kSlide_s = 0.04;
constexpr double kHumLevel = 0.1;        // RMS
constexpr double kToneRelease_s = 0.03;  // short, so that the rest before a repeated tone is heard
constexpr double kWhistleLow_midi = 76;
/// Amplitudes of a whistle's partials: the lips make little more than the first.
constexpr std::array<double, 3> kWhistlePartials = {1, 0.003, 0.001};
constexpr double kToneAttack_s = 0.03;
constexpr double kWhistleJoined_s = 0.06;  // tones nearer than this are one breath
constexpr double kBreathBandwidth_hz = 400;
constexpr int kControlSamples = 16;

double mean_pitch_of(const std::vector<dsp::Note>& tones) {
  double sum = 0, length = 0;
  for (const dsp::Note& tone : tones) {
    sum += tone.pitch_midi * (tone.end_s - tone.start_s);
    length += tone.end_s - tone.start_s;
  }
  return length > 0 ? sum / length : 60;
}

dsp::AudioBuffer hummed(const std::vector<dsp::Note>& tones, double duration_s, int sample_rate_hz,
                        RandomStream& random) {
  VoiceTimbre timbre = draw_hummer(mean_pitch_of(tones), random);
  timbre.vibrato_cents = 0;
  timbre.jitter_cents = random.uniform(2, 6);
  timbre.glide_s = kSlide_s;
  timbre.attack_s = kToneAttack_s;
  timbre.release_s = kToneRelease_s;
  std::vector<SungNote> notes;
  notes.reserve(tones.size());
  for (const dsp::Note& tone : tones)
    notes.push_back(
        {tone.start_s, tone.end_s, tone.pitch_midi, tone.velocity, Vowel::kClosed, Consonant::kNone, 0});
  return sing(notes, timbre, duration_s, sample_rate_hz, random);
}

/// Pitch and level of a whistled melody at any time.
class WhistleLine {
 public:
  explicit WhistleLine(const std::vector<dsp::Note>& tones) : tones_(tones) {}

  struct Point {
    double pitch_midi, level;
  };
  /// Times must not fall from call to call.
  Point at(double time_s) {
    while (next_ + 1 < tones_.size() && tones_[next_ + 1].start_s - kSlide_s / 2 <= time_s) ++next_;
    const dsp::Note& tone = tones_[next_];
    const bool follows = next_ > 0 && joined(next_ - 1);
    double pitch = tone.pitch_midi;
    if (follows) {
      const double x = std::clamp((time_s - tone.start_s) / kSlide_s + 0.5, 0.0, 1.0);
      pitch += (tones_[next_ - 1].pitch_midi - pitch) * (1 - x * x * (3 - 2 * x));
    }
    const double attack = follows ? 1 : std::clamp((time_s - tone.start_s) / kToneAttack_s, 0.0, 1.0);
    const bool goes_on = next_ + 1 < tones_.size() && joined(next_);
    const double release =
        goes_on ? 1 : std::clamp((tone.end_s + kToneRelease_s - time_s) / kToneRelease_s, 0.0, 1.0);
    return {pitch, attack * release};
  }

 private:
  bool joined(size_t n) const { return tones_[n + 1].start_s - tones_[n].end_s < kWhistleJoined_s; }
  const std::vector<dsp::Note>& tones_;
  size_t next_ = 0;
};

dsp::AudioBuffer whistled(const std::vector<dsp::Note>& tones, double duration_s, int sample_rate_hz,
                          RandomStream& random) {
  dsp::AudioBuffer audio{std::vector<float>(static_cast<size_t>(std::llround(duration_s * sample_rate_hz))),
                         sample_rate_hz};
  if (tones.empty()) return audio;
  const Wavetable table(kWhistlePartials, sample_rate_hz);
  const auto breath = static_cast<float>(random.uniform(0.02, 0.06));
  WhiteNoise noise(random.bits());
  FormantFilter lips;  // breath is heard where the whistle resounds
  WhistleLine line(tones);
  uint32_t phase = 0;
  for (size_t start = 0; start < audio.samples.size(); start += kControlSamples) {
    const auto point = line.at(static_cast<double>(start) / sample_rate_hz);
    const double f0_hz = pitch_to_hz(point.pitch_midi);
    FormantState resonance;
    resonance.hz = {f0_hz, 1e9, 1e9, 1e9, 1e9};
    resonance.bandwidth_hz = {kBreathBandwidth_hz, 100, 100, 100, 100};
    resonance.gain = {1, 0, 0, 0, 0};
    lips.set(resonance, 0, sample_rate_hz);
    const float* wave = table.level(f0_hz);
    const uint32_t step = Wavetable::step(f0_hz, sample_rate_hz);
    const auto level = static_cast<float>(point.level);
    const size_t end = std::min(audio.samples.size(), start + kControlSamples);
    for (size_t i = start; i < end; ++i) {
      const float air = lips.process(breath * noise.next());
      audio.samples[i] = level * (Wavetable::at(wave, phase) + air);
      phase += step;
    }
  }
  return audio;
}

/// Scales to kHumLevel, measured where a tone lasts.
void set_level(dsp::AudioBuffer& audio, const std::vector<dsp::Note>& tones) {
  double sum = 0, count = 0;
  const auto place = [&](double time_s) {
    return static_cast<size_t>(std::clamp<int64_t>(std::llround(time_s * audio.sample_rate_hz), 0,
                                                   static_cast<int64_t>(audio.samples.size())));
  };
  for (const dsp::Note& tone : tones)
    for (size_t i = place(tone.start_s); i < place(tone.end_s); ++i) {
      sum += static_cast<double>(audio.samples[i]) * audio.samples[i];
      count += 1;
    }
  if (sum <= 0) return;
  const auto gain = static_cast<float>(kHumLevel / std::sqrt(sum / count));
  for (float& x : audio.samples) x *= gain;
}

}  // namespace

std::string to_string(HumTimbre timbre) {
  return timbre == HumTimbre::kWhistled ? "whistled" : "hummed";
}

std::vector<dsp::Note> changed_tones(std::vector<dsp::Note> tones, double transpose_semitones,
                                     double tempo_ratio) {
  if (!(tempo_ratio > 0))
    throw ConfigError(fmt::format("[hum] tempo_ratio must be > 0, got {}", tempo_ratio));
  for (dsp::Note& tone : tones) {
    tone.start_s /= tempo_ratio;
    tone.end_s /= tempo_ratio;
    tone.pitch_midi += transpose_semitones;
  }
  return tones;
}

int raised_octaves(const std::vector<dsp::Note>& tones, HumTimbre timbre) {
  if (timbre != HumTimbre::kWhistled || tones.empty()) return 0;
  return std::max(0, static_cast<int>(std::ceil((kWhistleLow_midi - mean_pitch_of(tones)) / 12)));
}

dsp::AudioBuffer synthesise_hum(const std::vector<dsp::Note>& tones, HumTimbre timbre, double duration_s,
                                int sample_rate_hz, RandomStream& random) {
  const std::vector<dsp::Note> raised = changed_tones(tones, 12 * raised_octaves(tones, timbre), 1);
  dsp::AudioBuffer audio = timbre == HumTimbre::kWhistled
                               ? whistled(raised, duration_s, sample_rate_hz, random)
                               : hummed(raised, duration_s, sample_rate_hz, random);
  set_level(audio, raised);
  return audio;
}

}  // namespace melomine::synth
