#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/time_map.h"
#include "mining/mined_set.h"
#include "retrieval/bootstrap.h"

namespace melomine::mining {

/// A ratio (or a median) with its interval and what it was counted from.
struct QualityFigure {
  retrieval::Estimate estimate;  ///< NaN where there is nothing to count
  int64_t hits = 0, of = 0;      ///< counts behind a ratio; of pairs behind a median
};

struct CorrelationBin {
  double low = 0, high = 0;  ///< of the correlation
  QualityFigure precision;
};

/// Mining against planted truth, by the definitions of SYSTEMS.md ("Planted truth"). Intervals are percentile
/// bootstraps over songs, because pairs of one song stand or fall together.
struct MiningQuality {
  QualityFigure precision;           ///< correct pairs / pairs, relevant and uncertain
  QualityFigure relevant_precision;  ///< of the relevant alone
  std::vector<CorrelationBin> bins;  ///< precision by correlation, 0.05 wide from β_irrel to 1
  QualityFigure recall;              ///< found by a correct pair / (fragment, recording with a counterpart)
  QualityFigure relevant_recall;     ///< found by a correct relevant pair
  QualityFigure coverage;            ///< sung time of the originals inside fragments / sung time (hits, of: ms)
  QualityFigure alignment_median_s, alignment_p90_s;  ///< of the correct pairs
  QualityFigure wrong_covers, relevant_wrong_covers;  ///< pairs on recordings without truth / pairs
  std::vector<double> alignment_errors_s;             ///< of every correct pair, sorted
};

/// Whether a mined pair is right, and how well it lies.
struct PairJudgement {
  bool correct = false;
  double error_s = 0;      ///< distance of centres under the nearest truth map; NaN without any
  double covered = 0;      ///< share of the original's fragment inside truth rows of the recording
  bool has_truth = false;  ///< the recording has truth rows at all
};
/// @param truth  rows of this pair of recordings
PairJudgement judge_pair(const std::vector<const datasets::TruthRow*>& truth, const TimeInterval& original,
                         const TimeInterval& match);

/// @param truth  the corpus' truth.csv; rows of hums count towards sung time alone
MiningQuality quality_of(const MinedSet& set, const std::vector<datasets::TruthRow>& truth,
                         const retrieval::BootstrapOptions& options = {});

/// A point of the curve that other thresholds would have given, from the candidates.
struct ThresholdPoint {
  double relevant = 0;  ///< β_rel
  double precision = 0, recall = 0;
  int64_t pairs = 0;
};
std::vector<ThresholdPoint> threshold_curve(const MinedSet& set, const std::vector<datasets::TruthRow>& truth);

/// summary.json of a mined set: provenance, yield, histogram and, with a truth, quality. JSON keys are the field
/// names above.
std::string summary_json(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality,
                         const std::vector<ThresholdPoint>& curve, const MatchConfig& match);

}  // namespace melomine::mining
