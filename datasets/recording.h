#pragma once

#include <string>
#include <string_view>

namespace melomine::datasets {

enum class RecordingKind { kOriginal, kCover, kHumming };

/// "original", "cover", "humming".
std::string to_string(RecordingKind kind);
/// @throws DataError for any other word
RecordingKind recording_kind(std::string_view word);

/// A row of songs.csv: recording_id, song_id, kind, path, title, artist, youtube_id.
struct Recording {
  std::string recording_id;
  std::string song_id;
  RecordingKind kind = RecordingKind::kOriginal;
  std::string path;  ///< as in the table: relative to the table's folder, or absolute
  std::string title, artist, youtube_id;
};

}  // namespace melomine::datasets
