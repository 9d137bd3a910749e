#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace melomine::library {

/// A file of a library as it was when it was written.
struct FileRecord {
  int64_t bytes = 0;
  std::string sha256;
};
FileRecord record_of(const std::filesystem::path& file);

/// Songs that were added together: a folder that never changes once it is there.
struct SegmentRecord {
  std::string name;  ///< of the folder, below segments/
  int64_t songs = 0, steps = 0, frames = 0;
  std::map<std::string, FileRecord> files;  ///< by name in the folder
};

/// An index of FAISS over the fingerprints of consecutive segments.
struct AnnRecord {
  std::string name;  ///< of the file, below indexes/
  int64_t first_segment = 0, segments = 0, rows = 0;
  FileRecord file;
};

/// A song that is no longer found.
struct RemovedSong {
  int64_t segment = 0, song = 0;
  auto operator<=>(const RemovedSong&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14
};

/// The encoder by which a library's songs were heard.
struct ModelRecord {
  FileRecord file;         ///< model.safetensors, a copy
  int64_t step = 0;        ///< training steps taken
  int64_t dim = 0;         ///< numbers a fingerprint
  double hop_s = 0;        ///< between fingerprints
  double window_s = 0;     ///< heard by one
  bool sung_time = false;  ///< whether time between them is without rests
};

/// library.json: what belongs to a generation of a library. Written whole, it is what makes a change count.
struct Manifest {
  int64_t generation = 0;
  ModelRecord model;
  double contour_hop_s = 0.1;
  std::string factory;       ///< FAISS's text; "" before the first index
  std::string trained_name;  ///< file below indexes/ of which the indexes of later songs are copies
  FileRecord trained;
  std::vector<SegmentRecord> segments;
  std::vector<AnnRecord> indexes;
  std::vector<RemovedSong> removed;

  /// Segments that indexes cover; those behind them were added by a run that has not ended yet, and are not
  /// searched.
  int64_t covered_segments() const;
};

void to_json(nlohmann::ordered_json& json, const Manifest& manifest);
void from_json(const nlohmann::ordered_json& json, Manifest& manifest);

/// @throws DataError where there is none, it is damaged or of another version
Manifest read_manifest(const std::filesystem::path& library);
/// As the next generation. @throws DataError
void commit(const std::filesystem::path& library, Manifest& manifest);

/// Names of what lies in a library's folder.
inline constexpr const char* kManifestFile = "library.json";
inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kSegmentsFolder = "segments";
inline constexpr const char* kIndexesFolder = "indexes";
/// And in a segment's.
inline constexpr const char* kSongsFile = "songs.csv";
inline constexpr const char* kSequencesFile = "sequences.npy";
inline constexpr const char* kContoursFile = "contours.npy";

}  // namespace melomine::library
