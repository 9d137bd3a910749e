#include "synth/accompaniment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synth/wavetable.h"
#include "synth/white_noise.h"

namespace melomine::synth {
namespace {

constexpr int kEnvelopeStep = 32;
constexpr double kInaudible = 1e-3;
constexpr int kInstrumentPartials = 60;

/// An instrument playing into a buffer.
class Instrument {
 public:
  Instrument(const InstrumentTimbre& timbre, int sample_rate_hz)
      : timbre_(timbre),
        table_(power_law_harmonics(kInstrumentPartials, timbre.harmonic_exponent, timbre.even_harmonics),
               sample_rate_hz),
        sample_rate_hz_(sample_rate_hz) {}

  void play(const BandEvent& event, double level, double tuning, uint32_t phase,
            std::vector<float>& out) const {
    const double hz = pitch_to_hz(event.pitch_midi + tuning);
    const float* wave = table_.level(hz * 1.01);
    const uint32_t step = Wavetable::step(hz, sample_rate_hz_);
    const bool doubled = timbre_.detune_cents > 0;
    const uint32_t step2 = Wavetable::step(hz * std::exp2(timbre_.detune_cents / 1200), sample_rate_hz_);
    uint32_t phase2 = phase * 3u + 12345u;
    const double dt_s = static_cast<double>(kEnvelopeStep) / sample_rate_hz_;
    const double decay = std::exp(-dt_s / timbre_.decay_s), release = std::exp(-dt_s / timbre_.release_s);
    const double peak = level * event.velocity * (doubled ? 0.6 : 1.0);
    double body = 1, gone = 1;
    const int64_t first = std::llround(event.start_s * sample_rate_hz_);
    float gain = 0;
    for (int64_t block = 0;; ++block) {
      const double age_s = static_cast<double>(block + 1) * dt_s;
      body = timbre_.sustain + (body - timbre_.sustain) * decay;
      if (age_s > event.end_s - event.start_s) gone *= release;
      const double attack = std::min(1.0, age_s / timbre_.attack_s);
      const auto target = static_cast<float>(peak * attack * body * gone);
      const int64_t start = first + block * kEnvelopeStep;
      if (start + kEnvelopeStep > static_cast<int64_t>(out.size()) || body * gone < kInaudible) return;
      const float slope = (target - gain) / kEnvelopeStep;
      if (start < 0) continue;
      float* to = out.data() + start;
      for (int i = 0; i < kEnvelopeStep; ++i) {
        gain += slope;
        float x = Wavetable::at(wave, phase);
        phase += step;
        if (doubled) {
          x += Wavetable::at(wave, phase2);
          phase2 += step2;
        }
        to[i] += gain * x;
      }
    }
  }

 private:
  InstrumentTimbre timbre_;
  Wavetable table_;
  int sample_rate_hz_;
};

std::vector<float> make_kick(double hz, int sample_rate_hz) {
  std::vector<float> hit(static_cast<size_t>(0.25 * sample_rate_hz));
  double phase = 0;
  for (size_t i = 0; i < hit.size(); ++i) {
    const double t = static_cast<double>(i) / sample_rate_hz;
    phase += 2 * std::numbers::pi * (hz + 150 * std::exp(-t / 0.02)) / sample_rate_hz;
    hit[i] = static_cast<float>(std::sin(phase) * std::exp(-t / 0.07));
  }
  return hit;
}

std::vector<float> make_snare(double hz, int sample_rate_hz, WhiteNoise& noise) {
  std::vector<float> hit(static_cast<size_t>(0.25 * sample_rate_hz));
  float previous = 0;
  for (size_t i = 0; i < hit.size(); ++i) {
    const double t = static_cast<double>(i) / sample_rate_hz;
    const float white = noise.next();
    const double body = 0.5 * std::sin(2 * std::numbers::pi * hz * t) * std::exp(-t / 0.05);
    hit[i] = static_cast<float>(body + 0.7 * (white - 0.5f * previous) * std::exp(-t / 0.06));
    previous = white;
  }
  return hit;
}

std::vector<float> make_hat(int sample_rate_hz, WhiteNoise& noise) {
  std::vector<float> hit(static_cast<size_t>(0.08 * sample_rate_hz));
  float previous = 0;
  for (size_t i = 0; i < hit.size(); ++i) {
    const double t = static_cast<double>(i) / sample_rate_hz;
    const float white = noise.next();
    hit[i] = static_cast<float>(0.35 * (white - previous) * std::exp(-t / 0.018));
    previous = white;
  }
  return hit;
}

void add_hit(const std::vector<float>& hit, double start_s, double level, int sample_rate_hz,
             std::vector<float>& out) {
  const int64_t first = std::llround(start_s * sample_rate_hz);
  for (size_t i = 0; i < hit.size(); ++i) {
    const int64_t at = first + static_cast<int64_t>(i);
    if (at >= 0 && at < static_cast<int64_t>(out.size()))
      out[static_cast<size_t>(at)] += static_cast<float>(level) * hit[i];
  }
}

}  // namespace

dsp::AudioBuffer play_band(const std::vector<BandEvent>& events, const BandTimbre& timbre, double duration_s,
                           int sample_rate_hz, RandomStream& random) {
  dsp::AudioBuffer audio;
  audio.sample_rate_hz = sample_rate_hz;
  audio.samples.assign(static_cast<size_t>(std::llround(duration_s * sample_rate_hz)), 0.0f);
  WhiteNoise noise(random.bits());
  const Instrument chords(timbre.chords, sample_rate_hz), bass(timbre.bass, sample_rate_hz),
      lead(timbre.lead, sample_rate_hz);
  const std::vector<float> kick = make_kick(timbre.kick_hz, sample_rate_hz),
                           snare = make_snare(timbre.snare_hz, sample_rate_hz, noise),
                           hat = make_hat(sample_rate_hz, noise);
  const auto pitched = [&](const Instrument& instrument, const BandEvent& event, double level) {
    instrument.play(event, level, timbre.tuning_semitones, static_cast<uint32_t>(random.bits()),
                    audio.samples);
  };
  const auto drum = [&](const std::vector<float>& hit, const BandEvent& event, double level) {
    add_hit(hit, event.start_s, level * timbre.drum_level * event.velocity, sample_rate_hz, audio.samples);
  };
  for (const BandEvent& event : events) {
    switch (event.part) {
      case Part::kChords:
        pitched(chords, event, timbre.chords_level * 0.4);
        break;
      case Part::kBass:
        pitched(bass, event, timbre.bass_level * 0.6);
        break;
      case Part::kLead:
        pitched(lead, event, timbre.lead_level * 0.6);
        break;
      case Part::kKick:
        drum(kick, event, 1.0);
        break;
      case Part::kSnare:
        drum(snare, event, 0.8);
        break;
      case Part::kHat:
        drum(hat, event, 0.6);
        break;
    }
  }
  double sum = 0;
  for (const float x : audio.samples) sum += static_cast<double>(x) * x;
  if (sum > 0) {
    const auto gain = static_cast<float>(1 / std::sqrt(sum / static_cast<double>(audio.samples.size())));
    for (float& x : audio.samples) x *= gain;
  }
  return audio;
}

}  // namespace melomine::synth
