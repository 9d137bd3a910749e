#pragma once

#include <span>
#include <vector>

#include "core/random.h"
#include "dsp/contour.h"
#include "dsp/midi.h"
#include "melody/performance_config.h"

namespace melomine::melody {

/// Notes as one person sang them once, and one f0 tracker heard them.
struct Performance {
  /// A moment of the score and when it was sung.
  struct Knot {
    double score_s = 0, sung_s = 0;
  };
  dsp::Contour contour;
  std::vector<Knot> clock;  ///< rising; the onsets of the score's notes and the end of the last
  double tempo = 1;         ///< relative to the score, of the whole

  /// When a moment of the score was sung: on straight lines between knots, at `tempo` beyond them.
  double sung_s(double score_s) const;
};

/// Sings notes as people do: out of tune, out of time, from memory. Pitch is drawn at the centres of the
/// contour's frames, as dsp::contour_of(notes) draws it, which a performance without a sign of life equals
/// exactly.
class Performer {
 public:
  /// @throws ConfigError for settings outside their ranges
  explicit Performer(const PerformanceConfig& config);

  /// @param notes   by start, seconds >= 0, one at a time
  /// @param hop_s   of the contour, > 0
  /// @param random  all that is drawn comes from it
  Performance perform(std::span<const dsp::Note> notes, double hop_s, RandomStream& random) const;

 private:
  PerformanceConfig config_;
};

}  // namespace melomine::melody
