#pragma once

#include <cstdint>
#include <filesystem>

#include "core/progress.h"
#include "datasets/derived_shards.h"
#include "separation/separator.h"

namespace melomine::separation {

struct SeparateOptions {
  std::filesystem::path out;  ///< folder of the shards with both renditions
  int64_t jobs = 1;           ///< recordings separated at once; 0 = one per processor
  int64_t shard_mib = 1024;   ///< a shard ends before the recording that would make it larger than this
};

/// Makes of a folder that ingest wrote (`config.mixes`) one with both renditions of each original and cover:
/// the mixes, and their voices as the rendition `vocals`. Hums pass. What cannot be separated is set aside
/// and stays a mix until a later call has its voice (datasets/derived_shards.h).
/// @param config  its separator is not `none`
/// @throws as derive_shards; ConfigError for a separator that cannot work, or was another before
datasets::DerivedSummary separate_shards(const SeparateConfig& config, const SeparateOptions& options,
                                         RunObserver& observer);

}  // namespace melomine::separation
