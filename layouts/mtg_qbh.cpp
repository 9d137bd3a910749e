#include "layouts/mtg_qbh.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMtgQbh = "MTG-QBH";
constexpr const char* kQueriesTable = "Queries.csv";

void read_hums(const fs::path& root, const fs::path& table, PublishedSet& set) {
  const AudioIndex audio(root);
  const HeadedList list(table, set.checklist);
  const size_t name = list.require({"Filename", "File name", "Query ID"});
  const size_t label = list.require({"Class label"});
  std::set<std::string> ids;
  for (const ListRow& row : list.rows()) {
    const std::string file = plain_path(row.values[name]);
    if (file.empty() || row.values[label].empty()) {
      set.checklist.add_unread(list.place(row) + ": lacks a file name or a class label");
      continue;
    }
    const std::string id = dsp::name_of_audio(fs::path(file).filename());
    if (!ids.insert(id).second) {
      set.checklist.add_unread(fmt::format("{}: '{}' was given before", list.place(row), id));
      continue;
    }
    const fs::path found = audio.find({id});
    set.queries.push_back({.id = id,
                           .path = found.empty() ? root / file : found,
                           .is_there = !found.empty(),
                           .group = row.values[label],
                           .place = list.place(row)});
  }
}

/// Labels of the queries and of every other table that has them.
std::set<std::string> labels_of(const fs::path& root, const fs::path& queries, PublishedSet& set) {
  std::set<std::string> labels;
  for (const Item& query : set.queries) labels.insert(query.group);
  for (const fs::path& file : list_folder(root)) {
    if (lower_case(file.extension().string()) != ".csv" || file == queries) continue;
    const HeadedList list(file, set.checklist);
    const std::optional<size_t> label = list.column({"Class label"});
    if (!label) continue;
    set.lists.push_back(file);
    for (const ListRow& row : list.rows())
      if (!row.values[*label].empty()) labels.insert(row.values[*label]);
  }
  return labels;
}

/// Of each label its recordings, by their paths within the folder.
std::map<std::string, std::vector<fs::path>> recordings_by_label(const fs::path& songs) {
  std::map<std::string, std::vector<fs::path>> recordings;
  if (songs.empty()) return recordings;
  if (!fs::is_directory(songs)) throw DataError(songs.string(), "", "there is no such folder of songs");
  for (const fs::path& file : list_folder_deeply(songs)) {
    if (!dsp::has_audio_name(file) && !dsp::has_midi_name(file)) continue;
    const fs::path relative = file.lexically_relative(songs);
    const bool in_folder = relative.has_parent_path();
    recordings[in_folder ? relative.begin()->string() : dsp::name_of_audio(file)].push_back(file);
  }
  return recordings;
}

}  // namespace

PublishedSet read_mtg_qbh(const fs::path& root, const fs::path& songs) {
  const std::optional<fs::path> folder =
      find_root(root, [](const fs::path& at) { return find_child(at, {kQueriesTable}).has_value(); });
  if (!folder) fail_tree(root, kMtgQbh, {kQueriesTable});
  const fs::path table = *find_child(*folder, {kQueriesTable});
  PublishedSet set{.lists = {table}, .checklist = {.layout = kMtgQbh, .root = *folder}};
  set.checklist.notes.push_back(
      "the set's licence statements contradict each other (CC BY, and not for commercial use): ask before "
      "use");
  read_hums(*folder, table, set);
  if (set.queries.empty()) throw DataError(table.string(), "", "names no query with a class label");
  const auto recordings = recordings_by_label(songs);
  check_items(set.checklist, "queries", set.queries);
  set.checklist.parts.push_back({.what = "songs"});
  for (const std::string& label : labels_of(*folder, table, set)) {
    const auto found = recordings.find(label);
    set.checklist.tally("song " + label, found != recordings.end());
    if (found == recordings.end()) {
      set.references.push_back({.id = label, .path = songs / label, .group = label});
      continue;
    }
    for (const fs::path& file : found->second)
      set.references.push_back(
          {.id = found->second.size() == 1 ? label : file.lexically_relative(songs).generic_string(),
           .path = file,
           .is_there = true,
           .group = label,
           .place = file.string()});
  }
  return set;
}

}  // namespace melomine::layouts
