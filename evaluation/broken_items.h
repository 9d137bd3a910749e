#pragma once

#include "core/progress.h"
#include "evaluation/evaluation_set.h"

namespace melomine::evaluation {

/// Loads every item once, in parallel, and takes those out of the set that fail with a DataError, and the
/// queries that then have nothing left to find. All of them are in `set.broken`.
/// @throws DataError when no query is left, with the first one's reason
void leave_out_broken(EvaluationSet& set, RunObserver& observer);

}  // namespace melomine::evaluation
