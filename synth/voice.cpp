#include "synth/voice.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synth/formants.h"
#include "synth/wavetable.h"
#include "synth/white_noise.h"

namespace melomine::synth {
namespace {

constexpr int kStep = 16;           // samples between control points
constexpr int kFormantSteps = 8;    // control points between new filter coefficients
constexpr double kJoined_s = 0.06;  // notes nearer than this are one breath
constexpr double kPad_s = 0.6;      // a phrase's control track begins this long before its first note
constexpr double kBreath_s = 0.3;
constexpr double kFormantGlide_s = 0.05;
constexpr int kSourceHarmonics = 260;
constexpr double kSilence = 1e-5;  // below this amplitude nothing is rendered

/// Control values of one phrase, one each kStep samples.
struct Controls {
  int64_t first_sample = 0;
  double dt_s = 0;
  std::vector<double> pitch, amplitude, aspiration, frication;
  std::vector<double> nasal;         // 0..1: how closed the mouth is
  std::vector<FormantState> vowels;  // of the notes
  std::vector<int> vowel;            // index into vowels

  size_t size() const { return pitch.size(); }
  double time_s(size_t k) const { return static_cast<double>(k) * dt_s; }  // from first_sample
};

/// Mean over a window of 2 * half + 1 points, ends held.
void smooth(std::vector<double>& values, double half_s, double dt_s) {
  const auto half = static_cast<int64_t>(std::lround(half_s / dt_s));
  const auto n = static_cast<int64_t>(values.size());
  if (half < 1 || n == 0) return;
  std::vector<double> out(values.size());
  const auto held = [&](int64_t i) { return values[static_cast<size_t>(std::clamp<int64_t>(i, 0, n - 1))]; };
  double sum = 0;
  for (int64_t i = -half; i <= half; ++i) sum += held(i);
  for (int64_t i = 0; i < n; ++i) {
    out[static_cast<size_t>(i)] = sum / static_cast<double>(2 * half + 1);
    sum += held(i + half + 1) - held(i - half);
  }
  values = std::move(out);
}

using Phrase = std::vector<SungNote>;

std::vector<Phrase> split_phrases(const std::vector<SungNote>& notes) {
  std::vector<Phrase> phrases;
  for (const SungNote& note : notes) {
    if (phrases.empty() || note.start_s - phrases.back().back().end_s > kJoined_s) phrases.emplace_back();
    phrases.back().push_back(note);
  }
  return phrases;
}

/// Fills [from_s, to_s) (phrase time) of a control track.
template <class F>
void fill(std::vector<double>& track, double dt_s, double from_s, double to_s, const F& value) {
  const auto point = [&](double t_s) {
    return static_cast<int64_t>(std::lround(std::min(t_s / dt_s, 1e12)));
  };
  const int64_t first = std::max<int64_t>(0, point(from_s));
  const int64_t last = std::min<int64_t>(static_cast<int64_t>(track.size()), point(to_s));
  for (int64_t k = first; k < last; ++k)
    value(track[static_cast<size_t>(k)], static_cast<double>(k) * dt_s - from_s);
}

void shape_pitch(const Phrase& phrase, const VoiceTimbre& timbre, double origin_s, Controls& c,
                 RandomStream& random) {
  for (size_t n = 0; n < phrase.size(); ++n) {
    const double from = n == 0 ? 0 : phrase[n].start_s - origin_s;
    fill(c.pitch, c.dt_s, from, 1e9, [&](double& p, double) { p = phrase[n].pitch_midi; });
  }
  // Two passes of a mean make a smooth step of the asked length, centred on the onset.
  smooth(c.pitch, timbre.glide_s / 4, c.dt_s);
  smooth(c.pitch, timbre.glide_s / 4, c.dt_s);

  const double sequence_hz = timbre.vibrato_hz * random.uniform(0.95, 1.05);
  double phase = random.uniform(0, 2 * std::numbers::pi);
  for (const SungNote& note : phrase) {
    const double extent = timbre.vibrato_cents / 100 * random.uniform(0.6, 1.3);
    const double rate = 2 * std::numbers::pi * sequence_hz * random.uniform(0.95, 1.05);
    const double length = note.end_s - note.start_s;
    fill(c.pitch, c.dt_s, note.start_s - origin_s, note.end_s - origin_s, [&](double& p, double age) {
      const double in = std::clamp((age - timbre.vibrato_delay_s) / 0.25, 0.0, 1.0);
      const double out = std::clamp((length - age) / 0.05, 0.0, 1.0);
      p += extent * in * out * std::sin(phase + rate * age);
    });
    phase += rate * length;
    constexpr double kScoopTime_s = 0.07;
    if (note.scoop_semitones != 0)
      fill(c.pitch, c.dt_s, note.start_s - origin_s, note.end_s - origin_s,
           [&](double& p, double age) { p += note.scoop_semitones * std::exp(-age / kScoopTime_s); });
  }

  // Wander: white noise through one pole of 0.15 s, scaled to the asked deviation.
  const double pole = std::exp(-c.dt_s / 0.15);
  const double scale = timbre.jitter_cents / 100 * std::sqrt(1 - pole * pole);
  double wander = random.normal() * timbre.jitter_cents / 100;
  for (double& p : c.pitch) {
    wander = wander * pole + scale * random.normal();
    p += wander;
  }
}

/// Level, consonants and formant targets.
void shape_articulation(const Phrase& phrase, const VoiceTimbre& timbre, double origin_s, Controls& c,
                        RandomStream& random) {
  for (size_t n = 0; n < phrase.size(); ++n) {
    const SungNote& note = phrase[n];
    const bool first = n == 0, last = n + 1 == phrase.size();
    const double on = note.start_s - origin_s, off = note.end_s - origin_s;
    const double hold = last ? off + timbre.release_s : phrase[n + 1].start_s - origin_s;
    const double level = 0.35 + 0.65 * note.velocity;
    const double length = std::max(off - on, 0.02);
    fill(c.amplitude, c.dt_s, on, hold, [&](double& a, double age) {
      const double attack =
          first ? std::clamp(age / timbre.attack_s, 0.0, 1.0)
                : timbre.legato + (1 - timbre.legato) * std::clamp(age / timbre.attack_s, 0.0, 1.0);
      const double decay = 1 - 0.25 * std::clamp(age / std::max(1.0, length), 0.0, 1.0);
      const double release =
          last ? std::clamp((off + timbre.release_s - on - age) / timbre.release_s, 0.0, 1.0) : 1.0;
      a = level * attack * decay * release * release;
    });
    const auto vowel_index = static_cast<int>(c.vowels.size());
    c.vowels.push_back(formants_of(note.vowel, timbre));
    const double vowel_from = first ? 0 : on - 0.02;
    const auto from_k = static_cast<size_t>(std::max(0.0, std::ceil(vowel_from / c.dt_s)));
    for (size_t k = from_k; k < c.vowel.size(); ++k) c.vowel[k] = vowel_index;
    if (note.vowel == Vowel::kClosed)
      fill(c.aspiration, c.dt_s, on, hold, [](double& a, double) { a *= 0.3; });

    const double strength = timbre.consonant_level * random.uniform(0.6, 1.2);
    // A consonant may not eat more than a third of the note before it.
    const double room = first ? 0.1 : (note.start_s - phrase[n - 1].start_s) / 3;
    if (note.consonant == Consonant::kNasal || note.consonant == Consonant::kGlide) {
      const double before = std::min(0.06, room), depth = note.consonant == Consonant::kNasal ? 1.0 : 0.4;
      fill(c.nasal, c.dt_s, on - before, on + 0.01, [&](double& x, double) { x = depth; });
      fill(c.amplitude, c.dt_s, on - before, on,
           [&](double& a, double) { a = first ? 0.3 * level : a * (1 - 0.4 * depth); });
    } else if (note.consonant == Consonant::kFricative) {
      const double before = std::min(0.09, room);
      fill(c.amplitude, c.dt_s, on - before, on, [&](double& a, double) { a *= 0.05; });
      fill(c.frication, c.dt_s, on - before, on + 0.01, [&](double& x, double) { x = 0.12 * strength; });
    } else if (note.consonant == Consonant::kPlosive) {
      const double before = std::min(0.06, room);
      fill(c.amplitude, c.dt_s, on - before, on, [&](double& a, double) { a = 0; });
      fill(c.frication, c.dt_s, on - 0.012, on + 0.004, [&](double& x, double) { x = 0.2 * strength; });
    }
  }
  smooth(c.amplitude, 0.004, c.dt_s);
  smooth(c.frication, 0.004, c.dt_s);
  smooth(c.nasal, 0.01, c.dt_s);
}

Controls plan_phrase(const Phrase& phrase, const VoiceTimbre& timbre, int sample_rate_hz,
                     RandomStream& random) {
  Controls c;
  c.dt_s = static_cast<double>(kStep) / sample_rate_hz;
  c.first_sample = std::llround((phrase.front().start_s - kPad_s) * sample_rate_hz);
  // Control points lie on samples, so phrase time starts at the first of them, not at the nominal pad.
  const double origin_s = static_cast<double>(c.first_sample) / sample_rate_hz;
  const double length_s = phrase.back().end_s + timbre.release_s + 0.05 - origin_s;
  const auto points = static_cast<size_t>(std::ceil(length_s / c.dt_s)) + 2;
  c.pitch.assign(points, phrase.front().pitch_midi);
  c.amplitude.assign(points, 0);
  c.aspiration.assign(points, timbre.breathiness);
  c.frication.assign(points, 0);
  c.nasal.assign(points, 0);
  c.vowel.assign(points, 0);
  shape_pitch(phrase, timbre, origin_s, c, random);
  shape_articulation(phrase, timbre, origin_s, c, random);
  // Breath is drawn in before the phrase, through the vowel to come.
  const double breath = timbre.breath_level * random.uniform(0.0, 1.5);
  std::vector<double> inhale(points, 0);
  fill(inhale, c.dt_s, kPad_s - kBreath_s - 0.12, kPad_s - 0.12,
       [&](double& x, double age) { x = breath * std::sin(std::numbers::pi * age / kBreath_s); });
  for (size_t k = 0; k < points; ++k) c.aspiration[k] = c.aspiration[k] * c.amplitude[k] + inhale[k];
  return c;
}

/// The moving parts that play a phrase.
class Renderer {
 public:
  Renderer(const VoiceTimbre& timbre, int sample_rate_hz, uint64_t noise_seed)
      : table_(power_law_harmonics(kSourceHarmonics, timbre.source_exponent), sample_rate_hz),
        closed_(formants_of(Vowel::kClosed, timbre)),
        sample_rate_hz_(sample_rate_hz),
        noise_(noise_seed) {
    FormantState hiss;
    hiss.hz = {0.3 * sample_rate_hz, 0.42 * sample_rate_hz, 1e9, 1e9, 1e9};
    hiss.bandwidth_hz = {1800, 1500, 100, 100, 100};
    hiss.gain = {1, -0.7, 0, 0, 0};
    hiss_.set(hiss, 0, sample_rate_hz);
  }

  void render(const Controls& c, std::vector<float>& out) {
    tract_.reset();
    hiss_.reset();
    FormantState shape = c.vowels.front();
    const double follow = 1 - std::exp(-kFormantSteps * c.dt_s / kFormantGlide_s * 2);
    for (size_t k = 0; k + 1 < c.size(); ++k) {
      const int64_t start = c.first_sample + static_cast<int64_t>(k) * kStep;
      if (start < 0 || start + kStep > static_cast<int64_t>(out.size())) continue;
      const double f0_hz = pitch_to_hz(c.pitch[k]);
      if (k % kFormantSteps == 0) {
        shape = FormantState::blend(shape, c.vowels[static_cast<size_t>(c.vowel[k])], follow);
        tract_.set(FormantState::blend(shape, closed_, c.nasal[k]), f0_hz, sample_rate_hz_);
      }
      block(c, k, f0_hz, out.data() + start);
    }
  }

 private:
  void block(const Controls& c, size_t k, double f0_hz, float* out) {
    const bool quiet = c.amplitude[k] + c.amplitude[k + 1] + c.aspiration[k] + c.aspiration[k + 1] < kSilence;
    const bool hissing = c.frication[k] + c.frication[k + 1] > kSilence;
    if (quiet && !hissing) {
      // Let the resonances ring out, then rest.
      for (int i = 0; i < kStep; ++i) out[i] += tract_.process(0.0f);
      return;
    }
    const float* wave = table_.level(f0_hz * 1.02);
    const uint32_t step = Wavetable::step(f0_hz, sample_rate_hz_);
    auto amplitude = static_cast<float>(c.amplitude[k]), aspiration = static_cast<float>(c.aspiration[k]);
    auto frication = static_cast<float>(c.frication[k]);
    const float da = (static_cast<float>(c.amplitude[k + 1]) - amplitude) / kStep;
    const float dn = (static_cast<float>(c.aspiration[k + 1]) - aspiration) / kStep;
    const float df = (static_cast<float>(c.frication[k + 1]) - frication) / kStep;
    for (int i = 0; i < kStep; ++i) {
      const float noise = noise_.next();
      const float source = amplitude * Wavetable::at(wave, phase_) + aspiration * noise;
      out[i] += tract_.process(source);
      if (hissing) out[i] += hiss_.process(frication * noise);
      phase_ += step;
      amplitude += da;
      aspiration += dn;
      frication += df;
    }
  }

  Wavetable table_;
  FormantState closed_;
  FormantFilter tract_, hiss_;
  int sample_rate_hz_;
  WhiteNoise noise_;
  uint32_t phase_ = 0;
};

}  // namespace

dsp::AudioBuffer sing(const std::vector<SungNote>& notes, const VoiceTimbre& timbre, double duration_s,
                      int sample_rate_hz, RandomStream& random) {
  dsp::AudioBuffer audio;
  audio.sample_rate_hz = sample_rate_hz;
  audio.samples.assign(static_cast<size_t>(std::llround(duration_s * sample_rate_hz)), 0.0f);
  if (notes.empty()) return audio;
  Renderer renderer(timbre, sample_rate_hz, random.bits());
  double sum = 0, count = 0;
  for (const Phrase& phrase : split_phrases(notes)) {
    renderer.render(plan_phrase(phrase, timbre, sample_rate_hz, random), audio.samples);
    const auto last = std::min<int64_t>(static_cast<int64_t>(audio.samples.size()),
                                        std::llround(phrase.back().end_s * sample_rate_hz));
    for (int64_t i = std::max<int64_t>(0, std::llround(phrase.front().start_s * sample_rate_hz)); i < last;
         ++i) {
      const double x = audio.samples[static_cast<size_t>(i)];
      sum += x * x;
      count += 1;
    }
  }
  if (sum > 0) {
    const auto gain = static_cast<float>(1 / std::sqrt(sum / count));
    for (float& x : audio.samples) x *= gain;
  }
  return audio;
}

}  // namespace melomine::synth
