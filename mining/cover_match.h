#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "configs/binder.h"
#include "core/time_interval.h"
#include "datasets/verdict.h"
#include "mining/settle.h"
#include "retrieval/fingerprint_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::mining {

/// How a lag becomes finer than one hop.
enum class Refine {
  kNone,
  kParabola,  ///< vertex of the parabola through the peak and its neighbours (ours)
};

/// Algorithm 1, lines 15-24; defaults are the paper's.
struct MatchConfig {
  double relevant = 0.5;    ///< β_rel: at least this correlation is `relevant`
  double irrelevant = 0.3;  ///< β_irrel: at least this and below relevant is `uncertain`, below is dropped
  /// Ours: tempos of a cover relative to the original at which fragments are tried; the best counts, and a
  /// match lasts as long as the fragment at its tempo. 1 alone is the paper's method.
  std::vector<double> tempo_ratios{1.0};
  Refine refine = Refine::kParabola;
  /// Ours: a further match of a fragment in a cover needs this share of its best one's correlation: a melody
  /// that comes back correlates nearly as much, a phrase of it less. 0 is the paper's method: all peaks.
  double repeat_share = 0;
  /// How a fragment and its place in a cover are compared; its steps that lie on a rest are uncovered.
  retrieval::Similarity similarity{.correlation = retrieval::Correlation::kCross};
  SettleConfig settle{};  ///< which of the places where fragments correlate are theirs
};
void bind(configs::Binder& b, MatchConfig& c);

using datasets::Verdict;
/// No other place that a match could be mistaken for.
inline constexpr double kNoRival = std::numeric_limits<double>::infinity();
/// The path lies elsewhere, or a fragment that needs it lacks the company of others: what is there is for a
/// human to judge, however high it correlates.
inline constexpr double kUnsettled = -std::numeric_limits<double>::infinity();
/// kRelevant or kUncertain. Pairs below β_irrel have no verdict and are not kept.
/// @param margin  by how much the correlation exceeds that of the best place that is not explained
Verdict verdict_of(double correlation, double margin, const MatchConfig& config);

/// A place in a cover where a fragment of the original was found.
struct CoverMatch {
  int64_t fragment = 0;    ///< index into the fragments
  TimeInterval interval;   ///< inside the cover; as long as the fragment over tempo_ratio
  double correlation = 0;  ///< [-1, 1], similarity at the peak's lag
  double tempo_ratio = 1;  ///< of the cover's tempo to the original's
  /// Over the fragment's best place in the cover that overlaps none of its matches and is not where another
  /// fragment lies; below 0 where the path settled on a place that correlates less.
  /// kUnsettled where it settled on none.
  double margin = kNoRival;
};

struct CoverMatches {
  /// Settled places at or above β_irrel, and the highest peak of a fragment that has none: by fragment, then
  /// by correlation, descending. Intervals of a fragment in one cover do not overlap: at one tempo their
  /// starts are at least a fragment's length apart.
  std::vector<CoverMatch> matches;
  /// Each fragment's best match, or else its highest peak, whatever its correlation; one that is longer than
  /// the cover at every tempo has none.
  std::vector<CoverMatch> best;
};

/// Finds all fragments of one original in its covers: one matrix product per cover and tempo, and sums along
/// its diagonals. BLAS is best left with one thread per caller; the result does not depend on it.
class CoverMatcher {
 public:
  /// @param original   fingerprints of the whole original
  /// @param fragments  intervals of it, in time order
  /// @param window_s   W
  CoverMatcher(const retrieval::FingerprintSequence& original, std::vector<TimeInterval> fragments,
               double window_s, MatchConfig config);
  /// @param cover        of the same dim and hop. @throws ShapeError
  /// @param cover_s      duration of the cover, s
  CoverMatches match(const retrieval::FingerprintSequence& cover, double cover_s) const;

 private:
  /// One fragment at one tempo.
  struct Piece {
    size_t fragment = 0;
    int64_t first_row = 0, steps = 0;  ///< in the rows of its tempo
    double offset_s = 0;  ///< of the first row's window, from the fragment's start in the original
    retrieval::SequenceSums sums;
  };
  using Places = std::vector<Place>;  ///< of one fragment, by correlation, descending
  /// All fragments as they would be fingerprinted at one tempo, rows end to end.
  struct Tempo {
    double ratio = 1;
    std::vector<float> rows;  ///< [rows, dim]
    std::vector<Piece> pieces;
  };
  /// Of a fragment at a tempo, s.
  double length_s(size_t fragment, double ratio) const { return fragments_[fragment].duration_s() / ratio; }
  Tempo pack(const retrieval::FingerprintSequence& original, double ratio) const;
  void find_peaks(const Tempo& tempo, const retrieval::FingerprintSequence& cover, double cover_s,
                  std::vector<Places>& peaks) const;
  void add_peaks(const Tempo& tempo, const Piece& piece, const std::vector<double>& correlation,
                 const retrieval::FingerprintSequence& cover, double cover_s, Places& peaks) const;
  std::vector<Places> settle_at_peaks(const std::vector<Places>& peaks) const;
  std::vector<Places> settle_on_path(const std::vector<Places>& peaks) const;
  /// Whether no other fragment than f has a place in the cover that could be relevant.
  bool is_alone(size_t f, const std::vector<Places>& settled) const;
  bool counts_beside(const Place& place, const Place& best) const;

  std::vector<TimeInterval> fragments_;
  MatchConfig config_;
  double window_s_ = 0, hop_s_ = 0;
  int64_t dim_ = 0;
  std::vector<Tempo> tempos_;
};

}  // namespace melomine::mining
