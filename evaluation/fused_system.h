#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "evaluation/evaluation_set.h"
#include "retrieval/index.h"

namespace melomine::evaluation {

struct FusedConfig {
  std::vector<std::string> of;  ///< names of systems above it, at least two
  std::vector<double> weights;  ///< [of] of each one's scores, >= 0
};
void bind(configs::Binder& b, FusedConfig& c);

/// Ranks by the weighted sum of what several systems score a candidate with, in standard deviations from the
/// mean of the query's candidates (CombSUM, Fox and Shaw 1994, over scores of zero mean and unit variance,
/// Montague and Aslam 2001). A
/// candidate that a system leaves out, or scores with no finite number, has its worst finite score of the
/// query; what is no candidate of the query counts for nothing. A system that scores all alike adds nothing.
/// Where a candidate has the query is what the first system says, else the next that has found it.
/// @param parts    [systems] of rankings [queries]
/// @param weights  [systems]
/// @returns [queries]
std::vector<retrieval::Ranking> fuse(const EvaluationSet& set,
                                     std::span<const std::vector<retrieval::Ranking>> parts,
                                     std::span<const double> weights);

}  // namespace melomine::evaluation
