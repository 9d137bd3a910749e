#include "datasets/songs_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"

namespace melomine::datasets {

std::filesystem::path SongsTable::audio_path(const Recording& recording) const {
  return path.parent_path() / recording.path;
}

namespace {

/// Where a recording was first said, and each of its renditions.
struct FirstSaid {
  size_t index;               // into SongsTable::recordings
  std::array<int, 2> line{};  // by rendition; 0 = not yet
};

Recording recording_of(const CsvTable& table, size_t row) {
  Recording r;
  r.recording_id = table.text(row, "recording_id");
  r.song_id = table.text(row, "song_id");
  r.path = table.text(row, "path");
  for (const char* column : {"recording_id", "song_id", "path"}) {
    if (table.text(row, column).empty()) table.fail(row, fmt::format("{} is empty", column));
  }
  try {
    r.kind = recording_kind(table.text(row, "kind"));
    if (const std::string word = table.text_or_empty(row, "rendition"); !word.empty())
      r.rendition = rendition(word);
  } catch (const DataError& e) {
    table.fail(row, e.what());
  }
  r.title = table.text_or_empty(row, "title");
  r.artist = table.text_or_empty(row, "artist");
  r.youtube_id = table.text_or_empty(row, "youtube_id");
  return r;
}

}  // namespace

SongsTable read_songs_table(const std::filesystem::path& path) {
  SongsTable songs{path, {}};
  std::unordered_map<std::string, FirstSaid> first_said;  // by recording_id
  const auto add = [&](const CsvTable& table, size_t row) {
    Recording r = recording_of(table, row);
    const auto found = first_said.try_emplace(r.recording_id, FirstSaid{songs.recordings.size()}).first;
    FirstSaid& said = found->second;
    int& line = said.line.at(static_cast<size_t>(r.rendition));
    if (line != 0)
      table.fail(row, fmt::format("recording_id '{}' appears already in line {}", r.recording_id, line));
    line = table.line(row);
    if (said.index < songs.recordings.size()) {
      const Recording& first = songs.recordings[said.index];
      if (first.song_id != r.song_id || first.kind != r.kind)
        table.fail(row, fmt::format("the renditions of recording_id '{}' differ in song_id or kind",
                                    r.recording_id));
    }
    songs.recordings.push_back(std::move(r));
  };
  CsvTable::read_in_pieces(path, [&](const CsvTable& table) {
    table.require({"recording_id", "song_id", "kind", "path"});
    for (size_t row = 0; row < table.size(); ++row) add(table, row);
  });
  if (songs.recordings.empty()) throw DataError(path.string(), "", "the table has no recordings");
  return songs;
}

void write_songs_table(const std::filesystem::path& path, const std::vector<Recording>& recordings) {
  const bool renditions = std::any_of(recordings.begin(), recordings.end(),
                                      [](const Recording& r) { return r.rendition != Rendition::kMix; });
  std::string text = "recording_id,song_id,kind,path,title,artist,youtube_id";
  text += renditions ? ",rendition\n" : "\n";
  for (const Recording& r : recordings) {
    std::vector<std::string> values = {r.recording_id, r.song_id, to_string(r.kind), r.path,
                                       r.title,        r.artist,  r.youtube_id};
    if (renditions) values.push_back(to_string(r.rendition));
    text += csv_line(values);
  }
  write_file_atomically(path, text);
}

}  // namespace melomine::datasets
