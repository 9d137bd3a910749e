#include "layouts/mir_qbsh.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPublishedQueries = 4431;
constexpr int kPublishedSongs = 48;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<fs::path> wave_folder(const fs::path& root) {
  return find_child(root, {"waveFile", "wav", "waves"});
}
std::optional<fs::path> midi_folder(const fs::path& root) {
  return find_child(root, {"midiFile", "MIDI", "mid"});
}

/// Recordings of each song, by the list's first and last column. Titles in between are of any encoding.
std::map<std::string, int64_t> read_song_list(const fs::path& file, Checklist& checklist) {
  std::map<std::string, int64_t> recordings;
  for (const ListRow& row : read_tab_rows(file)) {
    const auto count = parse<int64_t>(row.values.back());
    if (row.values.size() < 2 || !is_number(row.values.front()) || !count || *count < 0)
      checklist.add_unread(line_of(file, row.line) + ": is not a song's number, its titles and a count");
    else if (!recordings.emplace(row.values.front(), *count).second)
      checklist.add_unread(
          fmt::format("{}: song {} was given before", line_of(file, row.line), row.values.front()));
  }
  return recordings;
}

std::vector<Item> songs_in(const fs::path& midi, const std::map<std::string, int64_t>& listed) {
  std::map<std::string, fs::path> files;
  for (const fs::path& file : list_folder(midi))
    if (dsp::has_midi_name(file)) files.emplace(dsp::name_of_audio(file), file);
  std::map<std::string, Item> songs;
  const auto add = [&](const std::string& id) {
    const auto file = files.find(id);
    const fs::path path = file == files.end() ? midi / (id + ".mid") : file->second;
    songs[id] = {
        .id = id, .path = path, .is_there = file != files.end(), .group = id, .place = path.string()};
  };
  for (const auto& [id, count] : listed) add(id);
  if (listed.empty())
    for (int song = 1; song <= kPublishedSongs; ++song) add(fmt::format("{:05}", song));
  for (const auto& [id, file] : files)
    if (is_number(id)) add(id);
  std::vector<Item> items;
  items.reserve(songs.size());
  for (auto& [id, item] : songs) items.push_back(std::move(item));
  return items;
}

std::vector<Item> hums_in(const fs::path& waves) {
  std::vector<Item> hums;
  for (const fs::path& file : list_folder_deeply(waves)) {
    const std::string song = dsp::name_of_audio(file);
    if (!dsp::has_audio_name(file) || !is_number(song)) continue;
    const fs::path relative = file.lexically_relative(waves);
    std::string singer = relative.parent_path().generic_string();
    hums.push_back({.id = relative.generic_string(),
                    .path = file,
                    .is_there = true,
                    .group = song,
                    .right = {song},
                    .singer = std::move(singer),
                    .place = file.string()});
  }
  return hums;
}

/// Hums have no list: which of a song's are missing cannot be said, only how many.
ChecklistPart count_hums(const std::vector<Item>& hums, const std::map<std::string, int64_t>& listed) {
  ChecklistPart part{
      .what = "queries", .expected = kPublishedQueries, .found = static_cast<int64_t>(hums.size())};
  if (listed.empty()) return part;
  std::map<std::string, int64_t> found;
  for (const Item& hum : hums) ++found[hum.group];
  part.expected = 0;
  for (const auto& [song, count] : listed) {
    part.expected += count;
    if (found[song] < count && part.missing.size() < kNamedFirst)
      part.missing.push_back(fmt::format("{} hums of song {}", count - found[song], song));
  }
  return part;
}

}  // namespace

PublishedSet read_mir_qbsh(const fs::path& root) {
  constexpr const char* kLayout = "MIR-QBSH";
  const std::optional<fs::path> corpus =
      find_root(root, [](const fs::path& folder) { return wave_folder(folder) && midi_folder(folder); });
  if (!corpus) fail_tree(root, kLayout, {"waveFile/", "midiFile/ (or MIDI/)"});
  const fs::path waves = *wave_folder(*corpus), midi = *midi_folder(*corpus);
  PublishedSet set{.checklist = {.layout = kLayout, .root = *corpus}};
  std::map<std::string, int64_t> listed;
  std::optional<fs::path> list = find_child(midi, {"songList.txt"});
  if (!list) list = find_child(*corpus, {"songList.txt"});
  if (list) {
    listed = read_song_list(*list, set.checklist);
    set.lists.push_back(*list);
  }
  set.references = songs_in(midi, listed);
  set.queries = hums_in(waves);
  if (set.queries.empty()) fail_tree(waves, kLayout, {"**/NNNNN.wav"});
  set.checklist.parts.push_back(count_hums(set.queries, listed));
  check_items(set.checklist, "references", set.references);
  return set;
}

}  // namespace melomine::layouts
