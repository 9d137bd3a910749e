#pragma once

#include <span>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/metrics.h"

namespace melomine::retrieval {

/// How scores are made comparable (Auckenthaler et al. 2000, of speaker verification): a score less the mean
/// of a cohort's, in standard deviations of the cohort's.
enum class Normalisation {
  kNone,
  kZ,  ///< per reference; its cohort are the queries that it is no right answer of
  kT,  ///< per query; its cohort are all references that it may be matched with
};

/// Scores as standard deviations from their mean; 0 where they are all alike to within rounding. NaN is no
/// score: it counts for nothing and stays.
void standardise(std::span<double> scores);

/// Normalises the scores and ranks anew. The query itself is in no cohort of its own; scores that are not
/// finite are in none. No ranking mixes units:
/// - kZ: where a reference that may be found has fewer than two scores in its cohort, all scores of the set
///   stay as they are. Queries of one song leave their target without a cohort; three queries each of two
///   songs are enough. A cohort whose scores are all equal lends the spread of the set's cohorts (root mean
///   square).
/// - kT: a query's lone score, or scores that are all equal, become 0.
/// @param rankings   [queries], changed in place
/// @param relevance  [queries] what is right and what is no candidate
/// @returns `kind`, or kNone where the scores stayed as they are
/// @throws ShapeError where the two differ in length
Normalisation normalise(std::vector<Ranking>& rankings, Normalisation kind,
                        std::span<const Relevance> relevance);

}  // namespace melomine::retrieval
