#pragma once

#include <filesystem>
#include <vector>

#include "datasets/audio_store.h"
#include "datasets/fragment_groups.h"
#include "experiments/split.h"

namespace melomine::experiments {

/// Whether anything that is evaluated on could be learned from: a recording of a held-out or validation song
/// that is, byte for byte, also a recording of a song trained on. Silent recordings do not count.
/// @throws ConfigError naming both recordings and the remedy
void refuse_shared_recordings(const datasets::AudioStore& store, const Split& split);

/// Whether every row of a mined table belongs to a song that may be trained on.
/// @throws ConfigError naming file, group, recording and song of the first that does not
void refuse_held_out_rows(const std::vector<datasets::FragmentRow>& rows, const std::filesystem::path& table,
                          const datasets::AudioStore& store, const Split& split);

/// Whether every fragment of a group is a recording of a song on the same side of the split as the group's
/// own; a table may file a hum of one song under another.
/// @param groups  of songs that are trained on, and of those that are not
/// @throws ConfigError naming group, recording and song
void refuse_held_out_fragments(const std::vector<datasets::FragmentGroup>& groups,
                               const datasets::AudioStore& store, const Split& split);

/// Whether an encoder learned from songs that are held out here: where its checkpoint lies in the folder of a
/// run on the same shards, the split of that run is drawn again. Models must not be asked for such songs, nor
/// start from one that knows them.
/// @throws ConfigError naming such a song
void refuse_known_songs(const std::filesystem::path& checkpoint, const ExperimentConfig& config,
                        const datasets::Corpus& corpus, const Split& split);

}  // namespace melomine::experiments
