#pragma once

#include <string>
#include <vector>

namespace melomine::synth {

/// Times inside a score are beats from the start of the unit they belong to.
struct ScoreNote {
  double start_beat = 0;
  double end_beat = 0;
  double pitch_midi = 60;
  double velocity = 0.8;
};

struct ScoreChord {
  double start_beat = 0;
  double beats = 4;
  std::vector<int> pitch_classes;  ///< 0 = C; the root first
};

/// The smallest piece of music that covers reorder and truth speaks of: a half-phrase, or a gap without
/// singing. The same unit sounding twice is the same melody.
struct ScoreUnit {
  double beats = 0;
  std::vector<ScoreNote> notes;  ///< the sung melody; empty = instrumental
  std::vector<ScoreChord> chords;

  bool sung() const { return !notes.empty(); }
};

struct Section {
  char label = 'V';        ///< V verse, C chorus, B bridge, I instrumental
  int lyrics = 0;          ///< verse number: the same units with other words
  std::vector<int> units;  ///< indices into Score::units
};

/// A song as written: what every recording of it performs.
struct Score {
  std::string title;
  double beats_per_minute = 120;
  int beats_per_bar = 4;
  std::vector<ScoreUnit> units;  ///< distinct ones
  std::vector<Section> form;     ///< in the order of the original

  double beats(const Section& section) const {
    double sum = 0;
    for (const int u : section.units) sum += units[static_cast<size_t>(u)].beats;
    return sum;
  }
};

}  // namespace melomine::synth
