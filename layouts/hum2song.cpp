#include "layouts/hum2song.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHum2Song = "Hum to Song (Zalo)";

std::optional<fs::path> meta_table(const fs::path& folder) {
  if (!fs::is_directory(folder)) return std::nullopt;
  for (const fs::path& file : list_folder(folder))
    if (lower_case(file.extension().string()) == ".csv" &&
        lower_case(file.filename().string()).find("meta") != std::string::npos)
      return file;
  return std::nullopt;
}

struct MetaColumns {
  size_t hum = 0, song = 0;
  std::optional<size_t> id;
};

MetaColumns columns_of(const HeadedList& list, const fs::path& table) {
  std::optional<size_t> hum, song, id;
  for (size_t c = 0; c < list.columns().size(); ++c) {
    const std::string name = lower_case(list.columns()[c]);
    const auto says = [&](const char* word) { return name.find(word) != std::string::npos; };
    if (!hum && says("hum") && !says("id"))
      hum = c;
    else if (!song && says("song") && !says("id"))
      song = c;
    else if (!id && says("id"))
      id = c;
  }
  if (!hum || !song)
    throw DataError(table.string(), "line 1",
                    fmt::format("has no columns of a hum's and a song's path; it has: {}",
                                fmt::join(list.columns(), ", ")));
  return {*hum, *song, id};
}

/// "hum/0001.mp3" of "train/hum/0001.mp3"
std::string last_two_names(const std::string& path) {
  const fs::path whole(path);
  return (whole.parent_path().filename() / whole.filename()).generic_string();
}

fs::path file_of(PathFinder& finder, const fs::path& folder, const std::string& name) {
  for (const fs::path& above : {folder, folder.parent_path(), folder.parent_path().parent_path()})
    if (const auto found = finder.find(above, name)) return *found;
  return finder.find(folder, last_two_names(name)).value_or(folder / name);
}

}  // namespace

PublishedSet read_hum2song(const fs::path& root) {
  std::optional<fs::path> table;
  if (fs::is_regular_file(root)) {
    table = root;
  } else {
    const auto folder = find_root(root, [](const fs::path& at) { return meta_table(at).has_value(); });
    if (folder) table = meta_table(*folder);
  }
  if (!table) fail_tree(root, kHum2Song, {"train_meta.csv (any *meta*.csv)"});
  PublishedSet set{.lists = {*table}, .checklist = {.layout = kHum2Song, .root = table->parent_path()}};
  const HeadedList list(*table, set.checklist);
  const MetaColumns columns = columns_of(list, *table);
  PathFinder finder;
  std::map<std::string, std::string> songs;  // path: group
  std::set<std::string> hums;
  const fs::path folder = fs::absolute(*table).parent_path();
  for (const ListRow& row : list.rows()) {
    const std::string hum = plain_path(row.values[columns.hum]), song = plain_path(row.values[columns.song]);
    if (hum.empty() || song.empty() || !hums.insert(hum).second) {
      set.checklist.add_unread(list.place(row) + ": lacks a hum or a song, or gives a hum again");
      continue;
    }
    const std::string own = columns.id ? row.values[*columns.id] : std::string();
    const auto [known, fresh] = songs.emplace(song, own.empty() ? dsp::name_of_audio(song) : own);
    const auto item = [&, group = known->second](const std::string& name) {
      const fs::path path = file_of(finder, folder, name);
      return Item{
          .id = name, .path = path, .is_there = is_file(path), .group = group, .place = list.place(row)};
    };
    set.queries.push_back(item(hum));
    if (fresh) set.references.push_back(item(song));
  }
  if (set.queries.empty()) throw DataError(table->string(), "", "names no hum with a song");
  check_items(set.checklist, "queries", set.queries);
  check_items(set.checklist, "parts of songs", set.references);
  return set;
}

}  // namespace melomine::layouts
