#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "regeneration/datasheet.h"

namespace melomine::regeneration {

struct ExportOptions {
  std::vector<std::filesystem::path> tables;  ///< mined.csv of rounds, tables of hums
  std::filesystem::path shards;               ///< that they are of: songs, ids of YouTube, audio
  std::filesystem::path out;
  std::string name = "this set";
  bool uncertain = true;   ///< rows between β_irrel and β_rel are exported, too, as CHAD's are
  bool fragments = false;  ///< whether audio is written, too: OUT/fragments
  /// Sets the verdicts of a table's rows by what people said of its pairs; none: those that stand in it hold.
  std::function<void(const std::filesystem::path& table, std::vector<datasets::FragmentRow>& rows)> judge =
      {};
};

struct ExportSummary {
  Datasheet datasheet;
  int64_t repeated = 0;  ///< fragments that several tables hold, taken once
  int64_t absent = 0;    ///< rows of recordings that the shards lack, left out
};

/// Writes fragment tables in CHAD's form, `dataset.csv`: group_id is the song, fragment_id the part of it, id
/// a name that is unique in the set; with provenance, so that a recording without an id of YouTube is found
/// by its recording_id. Beside it `datasheet.md` and `datasheet.json`. What `regenerate` cuts by the table
/// from the recordings that were ingested equals what is written here from the shards, sample by sample.
/// @throws ConfigError, DataError for tables or shards that cannot be used
ExportSummary export_set(const ExportOptions& options, RunObserver& observer);

}  // namespace melomine::regeneration
