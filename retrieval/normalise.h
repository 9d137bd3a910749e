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

/// Normalises the scores and ranks anew. The query itself is in no cohort of its own; scores that are not
/// finite are in none. What has a cohort of fewer than two keeps its scores less the cohort's mean.
/// @param rankings   [queries], changed in place
/// @param relevance  [queries] what is right and what is no candidate
/// @throws ShapeError where the two differ in length
void normalise(std::vector<Ranking>& rankings, Normalisation kind, std::span<const Relevance> relevance);

}  // namespace melomine::retrieval
