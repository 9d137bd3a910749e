#include "synth/performance.h"

#include <algorithm>
#include <cmath>

#include "core/time_interval.h"

namespace melomine::synth {
namespace {

constexpr double kSameBeat = 1e-9;
constexpr double kShortestPiece_beats = 0.004;  // about 2 ms
constexpr double kSameSlope = 1e-9;

/// Tempo wanders around `rate` as a first-order process with one value a knot.
TimeMap draw_clock(const Score& score, double beats, const TempoPlan& tempo, RandomStream& random) {
  constexpr double kMemory = 0.7;
  const double base_s = 60.0 / (score.beats_per_minute * tempo.rate);
  std::vector<TimeMap::Knot> knots = {{0, tempo.lead_in_s}};
  if (tempo.drift <= 0) {
    knots.push_back({beats, tempo.lead_in_s + beats * base_s});
    return TimeMap(std::move(knots));
  }
  double wander = random.normal(0, tempo.drift);
  while (knots.back().beat < beats - kSameBeat) {
    const double step = std::min(tempo.knot_beats, beats - knots.back().beat);
    const double bounded = std::clamp(wander, -3 * tempo.drift, 3 * tempo.drift);
    knots.push_back({knots.back().beat + step, knots.back().time_s + step * base_s * std::exp(bounded)});
    wander = kMemory * wander + std::sqrt(1 - kMemory * kMemory) * random.normal(0, tempo.drift);
  }
  return TimeMap(std::move(knots));
}

Performance finish(const Score& score, std::vector<PlacedUnit> placed, const TempoPlan& tempo,
                   double transposition_semitones, RandomStream& random) {
  Performance performance;
  const double beats = placed.empty() ? 1.0 : placed.back().start_beat + placed.back().beats;
  performance.placed = std::move(placed);
  performance.clock = draw_clock(score, beats, tempo, random);
  performance.transposition_semitones = transposition_semitones;
  performance.duration_s = performance.clock.seconds(beats) + tempo.tail_s;
  return performance;
}

/// Drops inner cuts that would leave a piece too short to write down; the map bends there by far less than
/// the millisecond to which truth is exact.
void drop_crowded(std::vector<double>& cuts) {
  std::vector<double> kept = {cuts.front()};
  for (size_t i = 1; i + 1 < cuts.size(); ++i)
    if (cuts[i] - kept.back() >= kShortestPiece_beats && cuts.back() - cuts[i] >= kShortestPiece_beats)
      kept.push_back(cuts[i]);
  kept.push_back(cuts.back());
  cuts = std::move(kept);
}

void join_collinear(std::vector<TruthPiece>& pieces) {
  const auto slope = [](const TruthPiece& p) {
    return (p.recording_end_s - p.recording_start_s) / (p.original_end_s - p.original_start_s);
  };
  std::vector<TruthPiece> joined;
  for (const TruthPiece& piece : pieces) {
    const auto before = std::find_if(joined.rbegin(), joined.rend(), [&](const TruthPiece& p) {
      return std::abs(p.original_end_s - piece.original_start_s) < kTimeSlack_s &&
             std::abs(p.recording_end_s - piece.recording_start_s) < kTimeSlack_s &&
             std::abs(slope(p) - slope(piece)) < kSameSlope;
    });
    if (before == joined.rend()) {
      joined.push_back(piece);
    } else {
      before->original_end_s = piece.original_end_s;
      before->recording_end_s = piece.recording_end_s;
    }
  }
  pieces = std::move(joined);
}

}  // namespace

double TimeMap::seconds(double beat) const {
  size_t i = 1;
  while (i + 1 < knots_.size() && knots_[i].beat < beat) ++i;
  const Knot &a = knots_[i - 1], &b = knots_[i];
  return a.time_s + (beat - a.beat) * (b.time_s - a.time_s) / (b.beat - a.beat);
}

Performance perform(const Score& score, const std::vector<Section>& sections, const TempoPlan& tempo,
                    double transposition_semitones, RandomStream& random) {
  std::vector<PlacedUnit> placed;
  double at = 0;
  for (const Section& section : sections) {
    for (const int u : section.units) {
      const double beats = score.units[static_cast<size_t>(u)].beats;
      placed.push_back({u, section.lyrics, 0, beats, at});
      at += beats;
    }
  }
  return finish(score, std::move(placed), tempo, transposition_semitones, random);
}

Performance perform_excerpt(const Score& score, const Performance& whole, double from_beat, double to_beat,
                            const TempoPlan& tempo, double transposition_semitones, RandomStream& random) {
  std::vector<PlacedUnit> placed;
  for (const PlacedUnit& p : whole.placed) {
    const double start = std::max(from_beat, p.start_beat), end = std::min(to_beat, p.start_beat + p.beats);
    if (end - start < kSameBeat) continue;
    placed.push_back(
        {p.unit, p.lyrics, p.unit_start_beat + start - p.start_beat, end - start, start - from_beat});
  }
  return finish(score, std::move(placed), tempo, transposition_semitones, random);
}

std::vector<PerformedNote> melody_of(const Score& score, const Performance& performance) {
  std::vector<PerformedNote> notes;
  for (const PlacedUnit& p : performance.placed) {
    const auto& written = score.units[static_cast<size_t>(p.unit)].notes;
    for (size_t i = 0; i < written.size(); ++i) {
      const ScoreNote& note = written[i];
      const double start = note.start_beat - p.unit_start_beat;
      if (start < -kSameBeat || start > p.beats - kSameBeat) continue;
      const double end = std::min(note.end_beat - p.unit_start_beat, p.beats);
      notes.push_back({performance.clock.seconds(p.start_beat + start),
                       performance.clock.seconds(p.start_beat + end),
                       note.pitch_midi + performance.transposition_semitones, note.velocity, p.unit, p.lyrics,
                       static_cast<int>(i)});
    }
  }
  return notes;
}

std::vector<TruthPiece> truth_pieces(const Score& score, const Performance& original,
                                     const Performance& recording) {
  std::vector<TruthPiece> pieces;
  for (const PlacedUnit& o : original.placed) {
    if (!score.units[static_cast<size_t>(o.unit)].sung()) continue;
    for (const PlacedUnit& r : recording.placed) {
      if (r.unit != o.unit) continue;
      const double from = std::max(o.unit_start_beat, r.unit_start_beat);
      const double to = std::min(o.unit_start_beat + o.beats, r.unit_start_beat + r.beats);
      if (to - from < kShortestPiece_beats) continue;
      // Cut at every change of tempo of either side, in beats of the unit.
      std::vector<double> cuts = {from, to};
      const auto add_cuts = [&](const Performance& side, const PlacedUnit& p) {
        for (const TimeMap::Knot& knot : side.clock.knots()) {
          const double beat = knot.beat - p.start_beat + p.unit_start_beat;
          if (beat > from + kSameBeat && beat < to - kSameBeat) cuts.push_back(beat);
        }
      };
      add_cuts(original, o);
      add_cuts(recording, r);
      std::sort(cuts.begin(), cuts.end());
      drop_crowded(cuts);
      const auto time = [](const Performance& side, const PlacedUnit& p, double beat) {
        return side.clock.seconds(beat - p.unit_start_beat + p.start_beat);
      };
      for (size_t c = 0; c + 1 < cuts.size(); ++c) {
        pieces.push_back({time(original, o, cuts[c]), time(original, o, cuts[c + 1]),
                          time(recording, r, cuts[c]), time(recording, r, cuts[c + 1])});
      }
    }
  }
  join_collinear(pieces);
  return pieces;
}

}  // namespace melomine::synth
