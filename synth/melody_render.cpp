#include "synth/melody_render.h"

#include <algorithm>
#include <cmath>

#include "synth/wavetable.h"

namespace melomine::synth {
namespace {

constexpr int kTonePartials = 12;
constexpr double kHarmonicExponent = 1.6;
constexpr double kAttack_s = 0.04, kRelease_s = 0.06, kTail_s = 0.2;
constexpr double kGlide_s = 0.03;  // time constant of the pitch between joined notes
constexpr double kLegatoGap_s = 0.05;
constexpr double kRepeatGap_s = 0.02;
constexpr double kLevel = 0.25;

}  // namespace

dsp::AudioBuffer render_melody(const std::vector<dsp::Note>& notes, int sample_rate_hz) {
  dsp::AudioBuffer audio;
  audio.sample_rate_hz = sample_rate_hz;
  double last_end_s = 0;
  for (const dsp::Note& note : notes) last_end_s = std::max(last_end_s, note.end_s);
  audio.samples.assign(static_cast<size_t>(std::ceil((last_end_s + kTail_s) * sample_rate_hz)), 0.0f);
  const Wavetable table(power_law_harmonics(kTonePartials, kHarmonicExponent), sample_rate_hz);
  const double glide = std::exp(-1.0 / (kGlide_s * sample_rate_hz));

  uint32_t phase = 0;
  double pitch = 0;
  for (size_t n = 0; n < notes.size(); ++n) {
    const dsp::Note& note = notes[n];
    // A repeated pitch is struck anew: without a gap two notes would be one.
    const bool repeats = n + 1 < notes.size() && notes[n + 1].pitch_midi == note.pitch_midi;
    const double end_s =
        repeats ? std::max(0.5 * (note.start_s + note.end_s),
                           std::min(note.end_s, notes[n + 1].start_s - kRelease_s - kRepeatGap_s))
                : note.end_s;
    const bool joined = n > 0 && note.start_s - notes[n - 1].end_s < kLegatoGap_s;
    if (!joined) {
      phase = 0;
      pitch = note.pitch_midi;
    }
    const float* wave = table.level(pitch_to_hz(std::max(pitch, note.pitch_midi) + 0.5));
    const auto first = static_cast<int64_t>(std::llround(std::max(0.0, note.start_s) * sample_rate_hz));
    const auto last = std::min<int64_t>(static_cast<int64_t>(audio.samples.size()),
                                        std::llround((end_s + kRelease_s) * sample_rate_hz));
    for (int64_t i = first; i < last; ++i) {
      pitch = note.pitch_midi + (pitch - note.pitch_midi) * glide;
      const double t_s = static_cast<double>(i) / sample_rate_hz;
      const double attack = std::min(1.0, (t_s - note.start_s) / kAttack_s);
      const double release = std::clamp((end_s + kRelease_s - t_s) / kRelease_s, 0.0, 1.0);
      const auto gain = static_cast<float>(kLevel * std::max(0.0, attack) * release);
      audio.samples[static_cast<size_t>(i)] += gain * Wavetable::at(wave, phase);
      phase += Wavetable::step(pitch_to_hz(pitch), sample_rate_hz);
    }
  }
  return audio;
}

}  // namespace melomine::synth
