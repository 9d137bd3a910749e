#pragma once

#include <cstdint>
#include <vector>

#include "datasets/time_map.h"
#include "mining/mined_set.h"
#include "retrieval/bootstrap.h"

namespace melomine::mining {

/// A ratio (or a quantile) with its interval and what it was counted from.
struct QualityFigure {
  retrieval::Estimate estimate;  ///< NaN where there is nothing to count
  int64_t hits = 0, of = 0;      ///< counts behind a ratio; both the number of pairs behind a quantile
};

struct CorrelationBin {
  double low = 0, high = 0;  ///< of the correlation; half-open, the last bin holds 1 as well
  QualityFigure precision;
};

/// Mining against planted truth, by the definitions of docs/mining-quality.md. Intervals are percentile
/// bootstraps over songs, because pairs of one song stand or fall together.
struct MiningQuality {
  QualityFigure precision;           ///< correct pairs / pairs, relevant and uncertain
  QualityFigure relevant_precision;  ///< of the relevant alone
  std::vector<CorrelationBin>
      bins;                       ///< precision by correlation, multiples of 0.05 from the lowest pair's to 1
  QualityFigure recall;           ///< found by a correct pair / (fragment, recording with a counterpart)
  QualityFigure relevant_recall;  ///< found by a correct relevant pair
  QualityFigure coverage;         ///< sung time of the originals inside fragments / sung time (hits, of: ms)
  QualityFigure alignment_median_s, alignment_p90_s;  ///< of the correct pairs
  QualityFigure wrong_covers, relevant_wrong_covers;  ///< pairs on recordings without truth / pairs
  std::vector<double> alignment_errors_s;             ///< of every correct pair, sorted
};

/// Least share of a fragment inside truth rows, and largest distance of centres, of a correct pair.
inline constexpr double kLeastCovered = 0.8;
inline constexpr double kLargestError_s = 0.5;

/// Whether a mined pair is right, and how well it lies.
struct PairJudgement {
  bool correct = false;
  double error_s = 0;      ///< distance of centres under the nearest truth map; NaN without any
  double covered = 0;      ///< share of the original's fragment inside truth rows of the recording
  bool has_truth = false;  ///< the recording has truth rows at all
};
/// The truth maps that count are the rows whose part of the original holds the fragment's centre. Where it
/// falls between two pieces (a breath), the row nearest to it goes on linearly for up to 0.5 s; of repeats of
/// a piece all do. Farther inside a rest, the map leads straight from the row before the rest to the one
/// behind it, where the former goes on through the rest to within 0.5 s of the latter.
/// @param truth  rows of this pair of recordings
PairJudgement judge_pair(const std::vector<const datasets::TruthRow*>& truth, const TimeInterval& original,
                         const TimeInterval& match);

/// Songs outside `set` do not count; recordings that were set aside are missed.
/// @param truth  the corpus' truth.csv; rows of hums count towards sung time alone
MiningQuality quality_of(const MinedSet& set, const datasets::Truth& truth,
                         const retrieval::BootstrapOptions& options = {});

/// A point of the curve that other thresholds would have given, from the candidates (one a fragment and
/// cover).
struct ThresholdPoint {
  double relevant = 0;  ///< β_rel
  double precision = 0,
         recall = 0;  ///< of all candidates at or above it; NaN where there is nothing to count
  int64_t pairs = 0;
};
/// @returns β_rel = 0, 0.02, …, 1
std::vector<ThresholdPoint> threshold_curve(const MinedSet& set, const datasets::Truth& truth);

}  // namespace melomine::mining
