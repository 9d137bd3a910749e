#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/progress.h"
#include "datasets/audio_store.h"
#include "dsp/audio_buffer.h"

namespace melomine::datasets {

/// How a folder of shards is made of a finished one: its recordings, and further ones that are made of them,
/// such as their separated voices.
struct DerivedJob {
  std::string command;         ///< of melomine that does it, for messages: "separate"
  std::filesystem::path base;  ///< a folder that ingest or another such job finished
  std::filesystem::path out;   ///< another one
  int64_t jobs = 1;            ///< recordings made at once; 0 = one per processor
  int64_t shard_mib = 1024;    ///< a shard ends before the recording that would make it larger than this
  Rendition heard = Rendition::kMix;  ///< of the base, where a recording has it
  /// What decides what is made, by name; kept in inputs.json.
  std::vector<std::pair<std::string, std::string>> identity{};
  /// What is to be made of a recording of the base; nothing where none is.
  std::function<std::optional<Recording>(const StoredRecording&)> derived_of{};
  /// Called once, before anything is made or begun: what is lacking ends the job here. May be empty.
  /// @param scratch  folder for temporary files, empty when something is made
  std::function<void(const std::filesystem::path& scratch)> prepare{};
  /// Called from several threads at once. @throws DataError where this one cannot be made
  std::function<std::vector<int16_t>(const dsp::AudioBuffer&, const StoredRecording&)> make{};
};

struct DerivedSummary {
  int64_t recordings = 0;           ///< to be made
  int64_t present = 0;              ///< of them, that are there now
  int64_t made = 0;                 ///< by this call; the others had been before
  int64_t passed = 0;               ///< recordings of the base of which none is made
  double present_s = 0;             ///< duration of those that are there
  int64_t shards = 0;               ///< of the base and behind them
  std::vector<SetAside> set_aside;  ///< tried again by a later call
  bool already_done = false;        ///< nothing was missing; nothing was written
};

/// Makes the folder: the base's shards, linked (or copied, where the file system cannot), and behind them
/// shards of what was made, in the base's order. docs/separate.md tells what lies in the folder.
///
/// What cannot be made is set aside and never ends the job; the same call later tries those again and them
/// alone. Killed at any moment, it goes on with what is missing. Without failures the shards' bytes depend
/// neither on `jobs` nor on where a call was killed, as far as `make` does not.
/// @throws ConfigError for settings that cannot work, and for a folder begun with another base or identity,
///         naming what changed (one that holds nothing made yet takes the new identity); DataError for a
///         folder that cannot be read or written; Cancelled
DerivedSummary derive_shards(const DerivedJob& job, RunObserver& observer);

}  // namespace melomine::datasets
