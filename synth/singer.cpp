#include "synth/singer.h"

#include <algorithm>
#include <cmath>

namespace melomine::synth {
namespace {

using synth::Consonant;
using synth::Vowel;

/// Probability that a hummer detaches the notes ("da da da") instead of joining them.
constexpr double kDetaches = 0.5;
constexpr double kShortestNote_s = 0.08;
/// Probability that an average hummer goes on in another key after a rest.
constexpr double kKeySlips = 0.08;
constexpr double kSlipRest_s = 0.35;

const std::vector<Vowel> kVowels = {Vowel::kA, Vowel::kE, Vowel::kI, Vowel::kO, Vowel::kU};

double draw_tract(double mean_pitch_midi, RandomStream& random) {
  // Around middle C both men and women sing; the share moves over an octave.
  const double female = 1 / (1 + std::exp(-(mean_pitch_midi - 59) / 1.5));
  return random.chance(female) ? random.uniform(1.08, 1.25) : random.uniform(0.92, 1.08);
}

struct Syllable {
  Vowel vowel;
  Consonant consonant;
};

Syllable draw_syllable(RandomStream& random) {
  Syllable syllable;
  syllable.vowel = kVowels[random.weighted({0.28, 0.22, 0.2, 0.18, 0.12})];
  constexpr Consonant kConsonants[] = {Consonant::kNone, Consonant::kNasal, Consonant::kFricative,
                                       Consonant::kPlosive, Consonant::kGlide};
  syllable.consonant = kConsonants[random.weighted({0.16, 0.22, 0.2, 0.26, 0.16})];
  return syllable;
}

}  // namespace

double mean_pitch(const std::vector<PerformedNote>& notes) {
  double sum = 0;
  for (const PerformedNote& note : notes) sum += note.pitch_midi;
  return notes.empty() ? 60 : sum / static_cast<double>(notes.size());
}

synth::VoiceTimbre draw_singer(double mean_pitch_midi, RandomStream& random) {
  synth::VoiceTimbre timbre;
  timbre.tract_scale = draw_tract(mean_pitch_midi, random);
  timbre.source_exponent = random.uniform(0.85, 1.5);
  timbre.breathiness = std::exp(random.uniform(std::log(0.005), std::log(0.08)));
  timbre.singer_formant_db = random.uniform(0, 10);
  timbre.vibrato_hz = random.uniform(4.8, 6.6);
  timbre.vibrato_cents = random.chance(0.2) ? random.uniform(0, 10) : random.uniform(15, 75);
  timbre.vibrato_delay_s = random.uniform(0.1, 0.45);
  timbre.glide_s = random.uniform(0.03, 0.14);
  timbre.jitter_cents = random.uniform(3, 12);
  timbre.attack_s = random.uniform(0.015, 0.06);
  timbre.release_s = random.uniform(0.04, 0.15);
  timbre.legato = random.uniform(0.5, 0.95);
  timbre.consonant_level = random.uniform(0.4, 1.5);
  timbre.breath_level = random.chance(0.3) ? 0 : random.uniform(0.003, 0.03);
  return timbre;
}

synth::VoiceTimbre draw_hummer(double mean_pitch_midi, RandomStream& random) {
  synth::VoiceTimbre timbre = draw_singer(mean_pitch_midi, random);
  timbre.source_exponent = random.uniform(1.1, 1.9);
  timbre.singer_formant_db = 0;
  timbre.vibrato_cents = random.chance(0.7) ? 0 : random.uniform(10, 40);
  timbre.jitter_cents = random.uniform(8, 22);
  timbre.glide_s = random.uniform(0.05, 0.2);
  timbre.consonant_level = random.uniform(0.3, 1.0);
  return timbre;
}

std::vector<synth::SungNote> with_words(const std::vector<PerformedNote>& notes, uint64_t seed, int song,
                                        RandomStream& random) {
  std::vector<synth::SungNote> sung;
  const double scoops = random.uniform(0.0, 0.3);
  for (const PerformedNote& note : notes) {
    RandomStream words({seed, stream_id("words"), static_cast<uint64_t>(song),
                        static_cast<uint64_t>(note.unit), static_cast<uint64_t>(note.lyrics),
                        static_cast<uint64_t>(note.index)});
    const Syllable syllable = draw_syllable(words);
    synth::SungNote s{note.start_s,       note.end_s, note.pitch_midi, note.velocity, syllable.vowel,
                      syllable.consonant, 0};
    // A syllable over several notes (melisma) keeps its vowel and has no new onset.
    if (!sung.empty() && note.index > 0 && words.chance(0.12)) {
      s.vowel = sung.back().vowel;
      s.consonant = Consonant::kNone;
    }
    if (random.chance(scoops)) s.scoop_semitones = -random.uniform(0.3, 1.8);
    sung.push_back(s);
  }
  return sung;
}

void ornament(std::vector<synth::SungNote>& notes, double rate, RandomStream& random) {
  std::vector<synth::SungNote> out;
  for (const synth::SungNote& note : notes) {
    const double length = note.end_s - note.start_s;
    if (!random.chance(rate) || length < 0.16) {
      out.push_back(note);
      continue;
    }
    synth::SungNote first = note, rest = note;
    rest.consonant = Consonant::kNone;
    switch (random.weighted({0.4, 0.35, 0.25})) {
      case 0: {  // grace note
        const double grace = std::min(0.12, 0.35 * length);
        first.end_s = rest.start_s = note.start_s + grace;
        first.pitch_midi += random.chance(0.5) ? 2 : -2;
        out.push_back(first);
        out.push_back(rest);
        break;
      }
      case 1: {  // turned away at the end
        first.end_s = rest.start_s = note.start_s + length * random.uniform(0.5, 0.75);
        rest.pitch_midi += random.chance(0.5) ? 2 : -1;
        out.push_back(first);
        out.push_back(rest);
        break;
      }
      default:  // another note of the chord, or so
        first.pitch_midi += random.pick(std::vector<double>{-4, -3, 3, 4});
        out.push_back(first);
    }
  }
  notes = std::move(out);
}

std::vector<synth::SungNote> as_hummed(const std::vector<PerformedNote>& notes, const CorpusConfig& config,
                                       uint64_t seed, int song, RandomStream& random) {
  std::vector<synth::SungNote> sung = with_words(notes, seed, song, random);
  const double middle = mean_pitch(notes);
  // Some hold a tune nearly perfectly, some hardly at all: errors of all kinds go together.
  const double skill = std::clamp(std::exp(random.normal(0, 0.55)), 0.3, 3.5);
  const double note_error = config.hum_off_key_cents / 100 * skill;
  const double stretch = std::clamp(1 + random.normal(-0.03, 0.05) * skill, 0.6, 1.15);
  const double slope = random.normal(0, config.hum_off_key_cents / 100 * 0.06) * skill;  // semitones a second
  const double wrong = std::min(0.35, config.hum_wrong_notes * skill);
  const double slips = std::min(0.4, kKeySlips * skill);
  double slip = 0;
  const size_t manner = random.weighted({0.34, 0.2, 0.16, 0.14, 0.16});
  const double scoops = random.uniform(0.0, 0.45);
  const double sounding = random.chance(kDetaches) ? random.uniform(0.5, 0.95) : 1;
  const double origin_s = notes.empty() ? 0 : notes.front().start_s;
  double last_end_s = origin_s, held = 0;
  for (synth::SungNote& note : sung) {
    const double drift = std::clamp(slope * (note.start_s - origin_s), -1.5, 1.5);
    if (note.start_s - last_end_s > kSlipRest_s && random.chance(slips)) slip += random.normal(0, 1.3);
    last_end_s = note.end_s;
    const double previous = note.pitch_midi;
    note.pitch_midi =
        middle + (note.pitch_midi - middle) * stretch + drift + slip + random.normal(0, note_error);
    if (random.chance(wrong)) note.pitch_midi += random.pick(std::vector<double>{-4, -3, -2, -1, 1, 2, 3, 4});
    // What is not remembered is held over from the note before.
    if (random.chance(0.5 * wrong) && held != 0) note.pitch_midi += held - previous;
    held = previous;
    const double length_s = note.end_s - note.start_s;
    const double share = std::clamp(sounding * random.uniform(0.9, 1.1), 0.4, 1.0);
    if (sounding < 1)
      note.end_s = note.start_s + std::max(std::min(length_s, kShortestNote_s), share * length_s);
    note.scoop_semitones = random.chance(scoops) ? -random.uniform(0.3, 2.0) : 0;
    switch (manner) {
      case 0:
        note.vowel = Vowel::kClosed;
        note.consonant = Consonant::kNone;
        break;
      case 1:
        note.vowel = Vowel::kA;
        note.consonant = Consonant::kNasal;
        break;
      case 2:
        note.vowel = Vowel::kA;
        note.consonant = random.chance(0.6) ? Consonant::kPlosive : Consonant::kGlide;
        break;
      case 3:
        note.vowel = Vowel::kU;
        note.consonant = random.chance(0.5) ? Consonant::kPlosive : Consonant::kNone;
        break;
      default:
        break;  // with words
    }
  }
  return sung;
}

}  // namespace melomine::synth
