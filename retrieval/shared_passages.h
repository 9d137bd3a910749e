#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "dsp/midi.h"

namespace melomine::retrieval {

/// When a passage that two melodies share is no accident.
struct PassageConfig {
  double min_bits = 28;   ///< evidence, log2 of (copied : by chance)
  int64_t min_notes = 8;  ///< of the passage
};

/// The passage that a melody shares with a known one, whatever their keys and tempos.
struct SharedPassage {
  int64_t melody = 0;  ///< known one, by its index
  double bits = 0;     ///< evidence
  int64_t notes = 0;   ///< of the passage
  double share = 0;    ///< of the notes of the melody that was asked for, and of the known one where that has
                       ///< fewer
  double start_s = 0;  ///< where the passage begins in the melody that was asked for
  double known_start_s = 0;  ///< and in the known one
};

/// Melodies in which passages of others are looked up by runs of intervals, then compared note by note along
/// the alignment (as BLAST compares sequences, Altschul et al. 1990). The evidence of a step is the log ratio
/// of its probability in a copy to that in any two melodies: an interval counts by how rare it is behind the
/// one before it among the known melodies, the time to the next note by whether it agrees up to the passage's
/// tempo. Notes must correspond one to one: an added or left-out note ends a passage.
class PassageTable {
 public:
  /// @param melodies  [M] notes by start, one at a time
  explicit PassageTable(const std::vector<std::span<const dsp::Note>>& melodies);
  /// The best passage of each known melody that shares one, by evidence. From any thread.
  std::vector<SharedPassage> find(std::span<const dsp::Note> melody, const PassageConfig& config) const;

 private:
  struct Line {
    std::vector<int8_t> steps;    ///< semitones to the next note, clamped to an octave and a half
    std::vector<float> log_gaps;  ///< log2 of the seconds to the next onset
    std::vector<double> starts_s;
  };
  struct Place {
    int32_t melody, step;
  };
  static Line line_of(std::span<const dsp::Note> notes);
  void learn_steps();
  SharedPassage best_on_diagonal(const Line& asked, const Line& known, int64_t diagonal) const;

  std::vector<Line> lines_;
  std::unordered_map<uint64_t, std::vector<Place>> places_;
  std::vector<float> bits_of_step_;  ///< [step before, step] evidence of an equal step
};

}  // namespace melomine::retrieval
