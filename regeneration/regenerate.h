#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.h"
#include "regeneration/cutter.h"
#include "regeneration/split_draw.h"
#include "regeneration/statement.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {

struct RegenerateOptions {
  std::vector<std::filesystem::path> audio;  ///< folders of recordings, each named by its id, any extension
  std::filesystem::path hums;    ///< archive of hums, GROUP/FRAGMENT/ID.wav as published; empty: none
  std::filesystem::path splits;  ///< table group_id, split as published; empty: none
  std::filesystem::path out;
  std::string name = "the table";  ///< of the data set, for the statement: "CHAD"
  std::string day;                 ///< of the statement: "30 November 2026"; empty: it names none
  CutOptions cut;
  SplitDraw draw;      ///< of a new split of what is left
  bool shards = true;  ///< whether fragments are also ingested into OUT/shards
  int64_t jobs = 0;    ///< recordings at once; 0 = one per processor
};

struct RegenerateSummary {
  Availability availability;
  int64_t cut_now = 0;            ///< recordings cut by this call; the others had been before
  std::filesystem::path missing;  ///< table of what is missing
};

/// What of a regeneration lies in its folder.
inline constexpr const char* kFragmentsFolder = "fragments";
inline constexpr const char* kRegeneratedTable = "dataset.csv";  ///< all rows; is_available says what was cut
inline constexpr const char* kGroupsTable = "groups.csv";        ///< what was cut, as `data.groups` takes it
inline constexpr const char* kFragmentSongs = "songs.csv";       ///< the same as `melomine ingest` takes it
inline constexpr const char* kMissingTable = "missing.csv";
inline constexpr const char* kSplitTable = "split.csv";
inline constexpr const char* kShardsFolder = "shards";
inline constexpr const char* kAvailabilityFile = "availability.json";

/// Cuts the fragments that a table describes out of recordings: `fragments/GROUP/FRAGMENT/ID.flac`, tables of
/// them, what is missing, a new split of what is left, and how much of all that is in words
/// (docs/regenerate.md). Interrupted, or when more recordings have come, it goes on where it was when called
/// again: a recording is cut anew only when its file has changed. What is written depends on table,
/// recordings and options alone.
/// @throws ConfigError for options out of range, or a folder begun with another table or other options
/// @throws DataError for a faulty table of splits, or a folder that cannot be written
/// @throws Cancelled when the user asks to stop
RegenerateSummary regenerate(const WantedFragments& wanted, const RegenerateOptions& options,
                             RunObserver& observer);

}  // namespace melomine::regeneration
