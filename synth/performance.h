#pragma once

#include <utility>
#include <vector>

#include "core/random.h"
#include "synth/score.h"

namespace melomine::synth {

/// Beats of a performance to seconds of its recording: straight lines between knots, rising.
class TimeMap {
 public:
  struct Knot {
    double beat = 0, time_s = 0;
  };
  TimeMap() = default;
  explicit TimeMap(std::vector<Knot> knots) : knots_(std::move(knots)) {}
  /// The first and last lines go on beyond the knots.
  double seconds(double beat) const;
  const std::vector<Knot>& knots() const { return knots_; }

 private:
  std::vector<Knot> knots_;
};

/// A unit, or a part of one, at its place in a performance.
struct PlacedUnit {
  int unit = 0;
  int lyrics = 0;
  double unit_start_beat = 0;  ///< where in the unit the part begins
  double beats = 0;
  double start_beat = 0;  ///< in the performance
};

/// A score as one recording performs it.
struct Performance {
  std::vector<PlacedUnit> placed;  ///< in time order
  TimeMap clock;
  double transposition_semitones = 0;  ///< against the score
  double duration_s = 0;
};

/// A note of the sung line at its nominal time.
struct PerformedNote {
  double start_s = 0, end_s = 0;
  double pitch_midi = 60, velocity = 0.8;
  int unit = 0, lyrics = 0, index = 0;  ///< index of the note in its unit
};

struct TempoPlan {
  double rate = 1;        ///< > 1 is faster than the score
  double drift = 0;       ///< sd of the slow relative change of tempo
  double knot_beats = 8;  ///< between changes of tempo
  double lead_in_s = 0.5, tail_s = 1.5;
};

/// Lays sections end to end under a drifting tempo.
Performance perform(const Score& score, const std::vector<Section>& sections, const TempoPlan& tempo,
                    double transposition_semitones, RandomStream& random);

/// Like `perform`, of a stretch of another performance (beats of that one): a hum's excerpt.
Performance perform_excerpt(const Score& score, const Performance& whole, double from_beat, double to_beat,
                            const TempoPlan& tempo, double transposition_semitones, RandomStream& random);

/// The melody of a performance, transposed. Notes that an excerpt cuts are kept when they begin inside it.
std::vector<PerformedNote> melody_of(const Score& score, const Performance& performance);

/// A linear piece of the time map between two performances of one score.
struct TruthPiece {
  double original_start_s = 0, original_end_s = 0;
  double recording_start_s = 0, recording_end_s = 0;
};

/// All pieces, for every pair of occurrences of a sung unit; pieces on one straight line are joined.
std::vector<TruthPiece> truth_pieces(const Score& score, const Performance& original,
                                     const Performance& recording);

}  // namespace melomine::synth
