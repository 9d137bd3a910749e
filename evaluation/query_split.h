#pragma once

#include "configs/binder.h"
#include "evaluation/evaluation_set.h"

namespace melomine::evaluation {

/// Of queries that are matched with each other some become the queries and the rest the references: hum
/// against hum as MIR-QBSH is asked by 90 % references and 10 % queries (Kung 2025, section 4.1).
///
/// Of a song of n queries round(share · n) are asked, at least 1 and at most n - 1, drawn by the seed and the
/// song's name alone, so that a song more or less changes nothing of the others. Right are all references of
/// the song.
/// @param each_other  read_each_other_set's
/// @returns the set in its order, its sources with `split`
EvaluationSet split_queries(EvaluationSet each_other, const QuerySplit& split);

/// Its fields: share, split_seed.
void bind(configs::Binder& b, QuerySplit& split);

}  // namespace melomine::evaluation
