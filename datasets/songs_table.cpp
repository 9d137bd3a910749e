#include "datasets/songs_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"

namespace melomine::datasets {

std::filesystem::path SongsTable::audio_path(const Recording& recording) const {
  return path.parent_path() / recording.path;
}

SongsTable read_songs_table(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path);
  table.require({"recording_id", "song_id", "kind", "path"});
  if (table.size() == 0) throw DataError(path.string(), "", "the table has no recordings");
  SongsTable songs{path, {}};
  std::unordered_map<std::string, int> line_of;      // by rendition
  std::unordered_map<std::string, size_t> first_of;  // by recording
  for (size_t row = 0; row < table.size(); ++row) {
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
    const auto [line, is_new] = line_of.emplace(r.key(), table.line(row));
    if (!is_new)
      table.fail(row,
                 fmt::format("recording_id '{}' appears already in line {}", r.recording_id, line->second));
    const auto [other, alone] = first_of.emplace(r.recording_id, songs.recordings.size());
    if (!alone) {
      const Recording& first = songs.recordings[other->second];
      if (first.song_id != r.song_id || first.kind != r.kind)
        table.fail(row, fmt::format("the renditions of recording_id '{}' differ in song_id or kind",
                                    r.recording_id));
    }
    songs.recordings.push_back(std::move(r));
  }
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
