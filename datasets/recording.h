#pragma once

#include <string>
#include <string_view>

namespace melomine::datasets {

enum class RecordingKind {
  kOriginal,
  kCover,
  kHumming,
  kScore,  ///< the song as it is written, played by a plain tone
};

/// "original", "cover", "humming", "score".
std::string to_string(RecordingKind kind);
/// @throws DataError for any other word
RecordingKind recording_kind(std::string_view word);

/// Whether a voice sings words in it, which separators and generators of hums work on: originals and covers.
bool is_sung(RecordingKind kind);

/// What of a recording is heard: all of it, or its singing alone (V(·) of Amatov et al. 2023). A hum has one
/// rendition.
enum class Rendition { kMix, kVocals };

/// "mix", "vocals".
std::string to_string(Rendition rendition);
/// @throws DataError for any other word
Rendition rendition(std::string_view word);

/// Where the paths of recordings lie that no file holds.
inline constexpr const char* kGeneratedFolder = "generated/";

/// A row of songs.csv: recording_id, song_id, kind, path, title, artist, youtube_id, rendition.
struct Recording {
  std::string recording_id;
  std::string song_id;
  RecordingKind kind = RecordingKind::kOriginal;
  std::string path;  ///< as in the table: relative to the table's folder, or absolute
  std::string title, artist, youtube_id;
  Rendition rendition = Rendition::kMix;

  /// Whether `melomine hum` made it: there is no file.
  bool is_generated() const { return path.starts_with(kGeneratedFolder); }
  /// Tells the renditions of a recording apart.
  std::string key() const;
};

/// A recording that could not be used.
struct SetAside {
  std::string recording_id;
  std::string reason;  ///< "no audio stream"
  std::string path{};  ///< as in the table of recordings; "" where none was read
};

}  // namespace melomine::datasets
