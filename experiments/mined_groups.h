#pragma once

#include <filesystem>
#include <vector>

#include "datasets/audio_store.h"
#include "datasets/fragment_groups.h"
#include "experiments/split.h"

namespace melomine::experiments {

/// Groups of the tables that rounds mined, told in the log.
/// @throws DataError for what cannot be read; ConfigError where a row is of a song that is evaluated on
std::vector<datasets::FragmentGroup> load_mined_groups(const std::vector<std::filesystem::path>& tables,
                                                       const datasets::AudioStore& store, const Split& split);

}  // namespace melomine::experiments
