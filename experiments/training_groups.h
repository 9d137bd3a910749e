#pragma once

#include <vector>

#include "datasets/corpus.h"
#include "datasets/fragment_groups.h"
#include "experiments/split.h"
#include "experiments/training_material.h"

namespace melomine::experiments {

/// What a round's encoder learns from, told in the log: H where `data.groups` names a table, weighted as
/// loop.hum_share asks, then what was mined, then what joins the two where loop.join_hums asks.
/// @throws DataError for what cannot be read; ConfigError where anything is of a song that is evaluated on,
/// and where the encoder that the round starts from knows one
std::vector<datasets::FragmentGroup> load_training_groups(const ExperimentConfig& config,
                                                          const RoundSources& sources,
                                                          const datasets::Corpus& corpus, const Split& split);

}  // namespace melomine::experiments
