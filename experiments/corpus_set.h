#pragma once

#include <set>
#include <string>

#include "datasets/corpus.h"
#include "evaluation/evaluation_set.h"

namespace melomine::experiments {

/// The hums of `songs` against the originals of `candidates`, out of the shards: how held-out hums are
/// searched, and validation's. Hums of songs without an original there are left out.
/// @param corpus      outlives the set
/// @param candidates  must contain `songs`
evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates);

}  // namespace melomine::experiments
