#include "synth/composer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace melomine::synth {
namespace {

using Degrees = std::vector<int>;

struct Mode {
  Degrees scale;                      ///< semitones of the seven degrees
  Degrees melody;                     ///< of the melody; fewer where it is pentatonic
  std::vector<Degrees> progressions;  ///< degrees 0..6, one a bar
};

const std::vector<Degrees>& major_progressions() {
  static const std::vector<Degrees> all = {{0, 4, 5, 3},
                                           {0, 5, 3, 4},
                                           {5, 3, 0, 4},
                                           {0, 3, 4, 4},
                                           {0, 2, 3, 4},
                                           {1, 4, 0, 5},
                                           {3, 4, 2, 5},
                                           {0, 0, 3, 0, 4, 3, 0, 4},
                                           {0, 4, 5, 2, 3, 0, 3, 4},
                                           {0, 3, 0, 4},
                                           {3, 0, 4, 5},
                                           {0, 1, 4, 0}};
  return all;
}

const std::vector<Degrees>& minor_progressions() {
  static const std::vector<Degrees> all = {{0, 5, 2, 6}, {0, 3, 4, 0}, {0, 6, 5, 4}, {0, 5, 3, 4},
                                           {0, 3, 6, 2}, {5, 6, 0, 0}, {0, 2, 6, 3}, {0, 4, 5, 3},
                                           {0, 6, 0, 6}, {0, 3, 0, 4}};
  return all;
}

Mode draw_mode(RandomStream& random) {
  const Degrees major = {0, 2, 4, 5, 7, 9, 11}, minor = {0, 2, 3, 5, 7, 8, 10};
  switch (random.weighted({0.34, 0.28, 0.08, 0.08, 0.07, 0.08, 0.07})) {
    case 0:
      return {major, major, major_progressions()};
    case 1:
      return {minor, minor, minor_progressions()};
    case 2:
      return {{0, 2, 3, 5, 7, 9, 10}, {0, 2, 3, 5, 7, 9, 10}, minor_progressions()};  // dorian
    case 3:
      return {{0, 2, 4, 5, 7, 9, 10}, {0, 2, 4, 5, 7, 9, 10}, major_progressions()};  // mixolydian
    case 4:
      return {{0, 2, 3, 5, 7, 8, 11}, {0, 2, 3, 5, 7, 8, 11}, minor_progressions()};  // harmonic minor
    case 5:
      return {major, {0, 2, 4, 7, 9}, major_progressions()};
    default:
      return {minor, {0, 3, 5, 7, 10}, minor_progressions()};
  }
}

/// Habits of one song, so that songs differ from each other more than their own sections do.
struct Style {
  Mode mode;
  int tonic = 60;  ///< MIDI pitch of the tonic nearest the middle of the voice
  int beats_per_bar = 4, bars_per_unit = 2;
  double grid_beats = 0.5;
  double repeat_weight = 0.3, leap_weight = 1, syncopation = 0.2, density = 0.5, rest_share = 0.1;
  int lowest = 55, highest = 72;
  double breath_beats = 1;  ///< least rest at the end of a phrase
};

struct SectionStyle {
  Degrees progression;
  double density = 0.5;
  int lift = 0;  ///< degrees above the verse's middle
};

/// Which grid slots of a bar have an onset.
using Rhythm = std::vector<bool>;

double metrical_strength(const Style& style, int slot) {
  const double beat = slot * style.grid_beats;
  if (slot == 0) return 1.0;
  const int half = style.beats_per_bar == 6 ? 3 : style.beats_per_bar == 4 ? 2 : 99;
  const bool on_beat = std::abs(beat - std::round(beat)) < 1e-9;
  if (on_beat && std::lround(beat) % half == 0) return 0.8;
  return on_beat ? 0.55 : 0.2;
}

Rhythm draw_rhythm(const Style& style, double density, RandomStream& random) {
  const int slots = static_cast<int>(std::lround(style.beats_per_bar / style.grid_beats));
  Rhythm rhythm(static_cast<size_t>(slots));
  for (int s = 0; s < slots; ++s) {
    const double strength = metrical_strength(style, s);
    // Syncopation takes onsets from strong places and gives them to weak ones.
    const double p = strength * (1 - style.syncopation) + (1.1 - strength) * style.syncopation;
    rhythm[static_cast<size_t>(s)] = random.chance(std::clamp(p * (0.45 + 1.1 * density), 0.03, 0.97));
  }
  return rhythm;
}

Rhythm vary(Rhythm rhythm, RandomStream& random) {
  const auto slots = static_cast<int64_t>(rhythm.size());
  for (int64_t n = 1 + random.integer(2); n > 0; --n) {
    const auto s = static_cast<size_t>(random.integer(slots));
    rhythm[s] = !rhythm[s];
  }
  return rhythm;
}

class UnitWriter {
 public:
  UnitWriter(const Style& style, RandomStream& random) : style_(style), random_(random) {}

  /// @param first_bar   position in the section's progression
  /// @param phrase_end  the unit closes a phrase: a cadence and a breath
  ScoreUnit write(const SectionStyle& section, int first_bar, bool phrase_end) {
    ScoreUnit unit = empty(section, first_bar);
    place_onsets(unit, section, phrase_end);
    place_pitches(unit, section, first_bar, phrase_end);
    return unit;
  }

  /// The rhythm of `model`, its pitches moved along the scale.
  ScoreUnit sequence(const ScoreUnit& model, const SectionStyle& section, int first_bar) {
    ScoreUnit unit = empty(section, first_bar);
    unit.notes = model.notes;
    const int size = static_cast<int>(style_.mode.melody.size());
    const int shift = random_.chance(0.5) ? 1 + static_cast<int>(random_.integer(2))
                                          : -1 - static_cast<int>(random_.integer(2));
    for (ScoreNote& note : unit.notes) {
      int degree = degree_of(note.pitch_midi) + shift;
      if (pitch_of(degree) > style_.highest + 2) degree -= size;
      if (pitch_of(degree) < style_.lowest - 2) degree += size;
      note.pitch_midi = pitch_of(degree);
    }
    return unit;
  }

  ScoreUnit empty(const SectionStyle& section, int first_bar, int bars = 0) {
    ScoreUnit unit;
    bars = bars > 0 ? bars : style_.bars_per_unit;
    unit.beats = bars * style_.beats_per_bar;
    for (int bar = 0; bar < bars; ++bar)
      unit.chords.push_back({static_cast<double>(bar * style_.beats_per_bar),
                             static_cast<double>(style_.beats_per_bar),
                             triad(chord_degree(section, first_bar + bar))});
    return unit;
  }

 private:
  int chord_degree(const SectionStyle& section, int bar) const {
    return section.progression[static_cast<size_t>(bar) % section.progression.size()];
  }
  Degrees triad(int degree) const {
    Degrees chord;
    for (const int step : {0, 2, 4})
      chord.push_back((style_.tonic + style_.mode.scale[static_cast<size_t>((degree + step) % 7)]) % 12);
    return chord;
  }
  int pitch_of(int degree) const {
    const int size = static_cast<int>(style_.mode.melody.size());
    const int octave = degree >= 0 ? degree / size : -((-degree + size - 1) / size);
    return style_.tonic + 12 * octave + style_.mode.melody[static_cast<size_t>(degree - octave * size)];
  }
  int degree_of(double pitch) const {
    int degree = 0;
    while (pitch_of(degree) < pitch) ++degree;
    while (pitch_of(degree) > pitch) --degree;
    return degree;
  }

  void place_onsets(ScoreUnit& unit, const SectionStyle& section, bool phrase_end) {
    const double breath = style_.breath_beats * random_.uniform(1.0, 1.7);
    const double rest = phrase_end ? std::clamp(breath, 0.18 * style_.beats_per_bar, 0.4 * unit.beats)
                                   : random_.uniform(0.0, 0.15) * style_.beats_per_bar;
    const double last_beat = unit.beats - std::max(style_.grid_beats, rest);
    const Rhythm motif = draw_rhythm(style_, section.density, random_);
    std::vector<double> onsets;
    for (int bar = 0; bar < style_.bars_per_unit; ++bar) {
      Rhythm rhythm = motif;
      if (bar > 0) {
        const size_t choice = random_.weighted({0.35, 0.4, 0.25});
        if (choice == 1) rhythm = vary(motif, random_);
        if (choice == 2) rhythm = draw_rhythm(style_, section.density, random_);
      }
      for (size_t s = 0; s < rhythm.size(); ++s) {
        double beat = bar * style_.beats_per_bar + static_cast<double>(s) * style_.grid_beats;
        if (rhythm[s] && beat < last_beat - 0.25) onsets.push_back(beat);
      }
    }
    // Something must be sung, and a phrase ends on a note with room to ring.
    if (onsets.size() < 3) onsets = {0, 0.25 * last_beat, 0.5 * last_beat};
    if (phrase_end)
      while (onsets.size() > 3 && last_beat - onsets.back() < 1.0) onsets.pop_back();
    for (size_t n = 0; n < onsets.size(); ++n) {
      const double next = n + 1 < onsets.size() ? onsets[n + 1] : last_beat;
      ScoreNote note;
      note.start_beat = onsets[n];
      // Most notes touch the next; some stop short of it.
      const double length = next - onsets[n];
      note.end_beat = onsets[n] + (random_.chance(style_.rest_share) ? 0.6 * length : length);
      note.velocity = 0.6 + 0.35 * metrical_strength(style_, slot_in_bar(onsets[n]));
      unit.notes.push_back(note);
    }
  }

  int slot_in_bar(double beat) const {
    return static_cast<int>(std::lround(std::fmod(beat, style_.beats_per_bar) / style_.grid_beats));
  }

  void place_pitches(ScoreUnit& unit, const SectionStyle& section, int first_bar, bool phrase_end) {
    const double middle = degree_of(0.5 * (style_.lowest + style_.highest)) + section.lift;
    const double from = random_.uniform(-3, 3), to = random_.uniform(-3, 3), arch = random_.uniform(-3, 4);
    int previous = static_cast<int>(std::lround(middle + from));
    for (size_t n = 0; n < unit.notes.size(); ++n) {
      ScoreNote& note = unit.notes[n];
      const double share = note.start_beat / unit.beats;
      const double target = middle + from + (to - from) * share + arch * 4 * share * (1 - share);
      const int bar = static_cast<int>(note.start_beat / style_.beats_per_bar);
      const Degrees chord = triad(chord_degree(section, first_bar + bar));
      const bool strong = metrical_strength(style_, slot_in_bar(note.start_beat)) > 0.7;
      const bool last = n + 1 == unit.notes.size();
      previous = draw_degree(previous, target, chord, last && phrase_end ? 6.0 : strong ? 3.0 : 1.2);
      note.pitch_midi = pitch_of(previous);
    }
  }

  int draw_degree(int previous, double target, const Degrees& chord, double chord_bonus) {
    static constexpr std::array<double, 8> kStepWeight = {0, 1.0, 0.55, 0.22, 0.18, 0.1, 0.04, 0.06};
    std::vector<double> weights;
    for (int step = -7; step <= 7; ++step) {
      const int degree = previous + step;
      const int pitch = pitch_of(degree);
      double w = step == 0 ? style_.repeat_weight : kStepWeight[static_cast<size_t>(std::abs(step))];
      if (std::abs(step) > 2) w *= style_.leap_weight;
      w *= std::exp(-(degree - target) * (degree - target) / (2 * 2.4 * 2.4));
      if (std::find(chord.begin(), chord.end(), pitch % 12) != chord.end()) w *= chord_bonus;
      const int outside = std::max({0, style_.lowest - pitch, pitch - style_.highest});
      w *= std::pow(0.25, outside);
      weights.push_back(w + 1e-9);
    }
    return previous - 7 + static_cast<int>(random_.weighted(weights));
  }

  const Style& style_;
  RandomStream& random_;
};

Style draw_style(RandomStream& random, double& beats_per_minute) {
  Style style;
  style.mode = draw_mode(random);
  switch (random.weighted({0.72, 0.16, 0.12})) {
    case 0:
      beats_per_minute = random.uniform(66, 148);
      break;
    case 1:
      style.beats_per_bar = 3;
      beats_per_minute = random.uniform(84, 160);
      break;
    default:
      style.beats_per_bar = 6;
      style.grid_beats = 1;
      beats_per_minute = random.uniform(150, 230);
  }
  if (style.beats_per_bar != 6 && beats_per_minute < 84 && random.chance(0.4)) style.grid_beats = 0.25;
  const double bar_s = style.beats_per_bar * 60 / beats_per_minute;
  style.bars_per_unit = std::clamp(static_cast<int>(std::lround(random.uniform(3.8, 5.2) / bar_s)), 1, 4);
  style.repeat_weight = random.uniform(0.08, 0.8);
  style.leap_weight = std::exp(random.uniform(-1.2, 1.0));
  style.syncopation = random.uniform(0.0, 0.45);
  // A finer grid would double the notes a second.
  style.density = random.uniform(0.2, 0.8) * (style.grid_beats < 0.5 ? 0.45 : 1);
  style.rest_share = random.uniform(0.0, 0.25);
  style.breath_beats = random.uniform(0.4, 1.0) * beats_per_minute / 60;
  const bool low_voice = random.chance(0.5);
  const int range = 10 + static_cast<int>(random.integer(9));
  style.lowest = (low_voice ? 45 : 55) + static_cast<int>(random.integer(8));
  style.highest = style.lowest + range;
  const int middle = (style.lowest + style.highest) / 2;
  style.tonic = middle - 6 + static_cast<int>(random.integer(12));
  return style;
}

/// Writes the units of one kind of section: letters of a pattern, equal letters being equal units.
Section write_section(Score& score, char label, const SectionStyle& section, const Style& style,
                      RandomStream& random) {
  static const std::vector<std::string> kPatterns = {"abac", "aaba", "abab", "abcd",
                                                     "aabc", "abcb", "abca", "ab"};
  const std::string pattern = kPatterns[random.weighted({0.25, 0.12, 0.1, 0.18, 0.12, 0.1, 0.05, 0.08})];
  UnitWriter writer(style, random);
  Section written{label, 0, {}};
  std::array<int, 4> of_letter = {-1, -1, -1, -1};
  for (size_t i = 0; i < pattern.size(); ++i) {
    int& index = of_letter[static_cast<size_t>(pattern[i] - 'a')];
    if (index < 0) {
      index = static_cast<int>(score.units.size());
      const int first_bar = static_cast<int>(i) * style.bars_per_unit;
      const bool closes = i % 2 == 1;
      if (i > 0 && random.chance(0.25)) {
        const ScoreUnit model = score.units[static_cast<size_t>(written.units[0])];
        score.units.push_back(writer.sequence(model, section, first_bar));
      } else {
        score.units.push_back(writer.write(section, first_bar, closes));
      }
    }
    written.units.push_back(index);
  }
  // A breath of half a bar or a whole one, with the band alone, before what comes next.
  if (random.chance(0.7)) {
    written.units.push_back(static_cast<int>(score.units.size()));
    score.units.push_back(writer.empty(section, 0, 1));
  }
  return written;
}

Section write_gap(Score& score, const SectionStyle& section, const Style& style, int bars,
                  RandomStream& random) {
  Section gap{'I', 0, {static_cast<int>(score.units.size())}};
  score.units.push_back(UnitWriter(style, random).empty(section, 0, bars));
  return gap;
}

std::string draw_title(RandomStream& random) {
  static const std::vector<std::string> kFirst = {
      "Silver", "Midnight", "Paper",  "Golden",  "Broken", "Summer",  "Quiet",  "Electric",
      "Hollow", "Distant",  "Velvet", "Morning", "Winter", "Burning", "Little", "Crystal"};
  static const std::vector<std::string> kSecond = {
      "River",  "Lights", "Letters", "Train", "Harbour", "Garden", "Sky",  "Echo",
      "Mirror", "Window", "Fire",    "Ocean", "Road",    "Dancer", "Rain", "Heart"};
  return random.pick(kFirst) + " " + random.pick(kSecond);
}

}  // namespace

Score compose(RandomStream random, double duration_s) {
  Score score;
  score.title = draw_title(random);
  const Style style = draw_style(random, score.beats_per_minute);
  score.beats_per_bar = style.beats_per_bar;
  const auto section_style = [&](int lift) {
    return SectionStyle{random.pick(style.mode.progressions),
                        std::clamp(style.density * random.uniform(0.7, 1.4), 0.05, 1.0), lift};
  };
  const SectionStyle verse = section_style(-1),
                     chorus = section_style(1 + static_cast<int>(random.integer(3))),
                     bridge = section_style(static_cast<int>(random.integer(4)) - 1);
  const Section verse_section = write_section(score, 'V', verse, style, random);
  const Section chorus_section = write_section(score, 'C', chorus, style, random);
  const Section bridge_section = write_section(score, 'B', bridge, style, random);
  const double bar_s = style.beats_per_bar * 60 / score.beats_per_minute;
  const int gap_bars = std::clamp(static_cast<int>(std::lround(random.uniform(2, 8) / bar_s)), 1, 8);
  const Section gap_section = write_gap(score, verse, style, gap_bars, random);

  static const std::vector<std::string> kForms = {"IVCVCBCI",  "IVVCIVCBC", "VCVCIBCC", "ICVCVCIBC",
                                                  "IVCIVCBCC", "IVVBVIBVC", "VBCVBCI"};
  const std::string form = random.pick(kForms);
  double left_beats = duration_s * score.beats_per_minute / 60;
  int verses = 0;
  const auto append = [&](const Section& section) {
    // The last section is cut between units where the time is up.
    Section kept{section.label, section.lyrics, {}};
    for (const int u : section.units) {
      const double beats = score.units[static_cast<size_t>(u)].beats;
      if (beats > left_beats) break;
      left_beats -= beats;
      kept.units.push_back(u);
    }
    const bool all = kept.units.size() == section.units.size();
    if (!kept.units.empty()) score.form.push_back(std::move(kept));
    return all;
  };
  for (size_t i = 0;; ++i) {
    Section next = gap_section;
    const char label = form[i % form.size()];
    if (label == 'V') next = verse_section;
    if (label == 'C') next = chorus_section;
    if (label == 'B') next = bridge_section;
    if (label == 'V') next.lyrics = verses++;
    if (!append(next)) break;
  }
  const bool sung =
      std::any_of(score.form.begin(), score.form.end(), [](const Section& s) { return s.label != 'I'; });
  if (!sung) score.form = {{'V', 0, {verse_section.units[0]}}};
  return score;
}

}  // namespace melomine::synth
