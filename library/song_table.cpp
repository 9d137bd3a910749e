#include "library/song_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/atomic_file.h"
#include "core/csv.h"

namespace melomine::library {

/// A song of a day has so many frames of a hundredth of a second.
constexpr int64_t kMostSteps = 8'640'000;

void write_songs(const std::filesystem::path& file, const std::vector<Song>& songs) {
  std::string text = csv_line({"id", "title", "path", "sha256", "duration_s", "steps", "frames"});
  for (const Song& song : songs)
    text += csv_line({song.id, song.title, song.path, song.sha256, fmt::format("{:.3f}", song.duration_s),
                      std::to_string(song.steps), std::to_string(song.frames)});
  write_file_atomically(file, text);
}

std::vector<Song> read_songs(const std::filesystem::path& file) {
  const CsvTable table = CsvTable::read(file);
  table.require({"id", "title", "path", "sha256", "duration_s", "steps", "frames"});
  std::vector<Song> songs;
  songs.reserve(table.size());
  for (size_t row = 0; row < table.size(); ++row) {
    songs.push_back({.id = table.text(row, "id"),
                     .title = table.text(row, "title"),
                     .path = table.text(row, "path"),
                     .sha256 = table.text(row, "sha256"),
                     .duration_s = table.number(row, "duration_s"),
                     .steps = table.integer(row, "steps"),
                     .frames = table.integer(row, "frames")});
    if (std::min(songs.back().steps, songs.back().frames) < 0 ||
        std::max(songs.back().steps, songs.back().frames) > kMostSteps)
      table.fail(row, "steps or frames are no count");
  }
  return songs;
}

}  // namespace melomine::library
