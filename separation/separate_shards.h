#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "datasets/recording.h"
#include "separation/separator.h"

namespace melomine::separation {

struct SeparateOptions {
  std::filesystem::path out;  ///< folder of the shards with both renditions
  int64_t jobs = 1;           ///< recordings separated at once; 0 = one per processor
  int64_t shard_mib = 1024;   ///< a shard ends before the recording that would make it larger than this
};

struct SeparateSummary {
  int64_t recordings = 0;                     ///< originals and covers of the mixes
  int64_t with_vocals = 0;                    ///< of them, that have their voice now
  int64_t separated = 0;                      ///< by this call; the others had been before
  int64_t hums = 0;                           ///< which pass as they are
  double vocals_s = 0;                        ///< duration of all voices
  int64_t shards = 0;                         ///< of mixes and voices
  std::vector<datasets::SetAside> set_aside;  ///< heard as mixes until a later call separates them
  bool already_done = false;                  ///< nothing was missing; nothing was written
};

/// Makes of a folder that ingest wrote one with both renditions of each original and cover: the shards of the
/// mixes, linked (or copied, where the file system cannot), and behind them shards of the separated voices,
/// in the mixes' order. docs/separate.md tells what lies in the folder.
///
/// What cannot be separated is set aside and never ends the job; the same call later tries those again and
/// them alone. Killed at any moment, it goes on with the recordings that are missing. Without failures the
/// shards' bytes depend neither on `jobs` nor on where a call was killed, as far as the separator's do not.
/// @param config  its separator is not `none`
/// @throws ConfigError for settings that cannot work, and for a folder begun with other mixes or another
///         separator, naming what changed; DataError for a folder that cannot be read or written; Cancelled
SeparateSummary separate_shards(const SeparateConfig& config, const SeparateOptions& options,
                                RunObserver& observer);

}  // namespace melomine::separation
