#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "layouts/published_set.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {

/// Tables of an imported set.
inline constexpr const char* kImportedQueries = "queries.csv";
inline constexpr const char* kImportedReferences = "references.csv";

struct ImportSummary {
  int64_t recordings = 0;                     ///< rows of songs.csv
  int64_t queries = 0, references = 0;        ///< rows of queries.csv and references.csv
  int64_t planned = 0;                        ///< rows of plan.csv
  std::vector<std::filesystem::path> tables;  ///< that were written
};

/// Writes a published set as the tables of this project, each whole or not at all, with absolute paths:
/// `songs.csv` of the audio that is there, to ingest (hums are hums; of a group's recordings the first that
/// is listed is the original, the others are its covers); `queries.csv` and `references.csv` of what is
/// there, to evaluate, without references where queries find each other, references alone where nothing is
/// asked; `plan.csv` (youtube_id, id, group) of what is not there and has an address. A table without rows is
/// not written, one of an earlier call is removed.
/// @throws DataError for a folder that cannot be written
ImportSummary import_set(const layouts::PublishedSet& set, const std::filesystem::path& out);

/// What `fetch` takes of a set: recordings with ids of YouTube that are not there. Ids that may not name a
/// file are left out and counted.
/// @param refused  is told how many
std::vector<WantedSource> wanted_of(const layouts::PublishedSet& set, int64_t& refused);

}  // namespace melomine::regeneration
