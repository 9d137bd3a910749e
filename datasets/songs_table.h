#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/recording.h"

namespace melomine::datasets {

/// songs.csv: a row per recording. Columns recording_id, song_id, kind, path are needed, title, artist,
/// youtube_id and rendition may be absent, others are ignored. A recording has a row per rendition.
struct SongsTable {
  std::filesystem::path path;         ///< of the table itself
  std::vector<Recording> recordings;  ///< in the table's order

  /// Where a recording's audio lies: its path, relative to the table's folder.
  std::filesystem::path audio_path(const Recording& recording) const;
};

/// @throws DataError naming file and line for an empty value, an unknown kind, a rendition that appears
/// twice, renditions of one recording that differ in song or kind, or a table without rows (audio files are
/// not looked at)
SongsTable read_songs_table(const std::filesystem::path& path);

/// All seven columns, and `rendition` where a recording is not a mix; the file appears whole or not at all.
/// @throws DataError
void write_songs_table(const std::filesystem::path& path, const std::vector<Recording>& recordings);

}  // namespace melomine::datasets
