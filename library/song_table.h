#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace melomine::library {

/// A song as a library knows it.
struct Song {
  std::string id;
  std::string title;   ///< "" where the table that it came from has none
  std::string path;    ///< of the recording or score, absolute
  std::string sha256;  ///< of that file
  double duration_s = 0;
  int64_t steps = 0;   ///< fingerprints
  int64_t frames = 0;  ///< of the contour
};

/// songs.csv of a segment, in the order of its arrays. @throws DataError
void write_songs(const std::filesystem::path& file, const std::vector<Song>& songs);
std::vector<Song> read_songs(const std::filesystem::path& file);

}  // namespace melomine::library
