#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "datasets/corpus.h"
#include "experiments/experiment_config.h"

namespace melomine::experiments {

/// Which songs a model may learn from. The three sets share no song.
struct Split {
  std::set<std::string> train, validation, held_out;
  std::set<std::string> hums;  ///< those of `train` whose hums make up H
};

/// Drawn from (seed, the sorted song ids) alone, so that train and evaluate agree.
/// @throws ConfigError when a song held out by name is unknown, or no song is left to train on
Split split_songs(const datasets::Corpus& corpus, const DataConfig& data, int64_t seed);

}  // namespace melomine::experiments
