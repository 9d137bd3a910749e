#include "regeneration/import_set.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "datasets/songs_table.h"
#include "dsp/audio_name.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;
using layouts::Item;
using layouts::PublishedSet;

std::string path_of(const Item& item) {
  return fs::absolute(item.path).lexically_normal().string();
}

/// A table's text, line by line.
struct Table {
  explicit Table(const std::vector<std::string>& columns) : text(csv_line(columns)) {}
  void add(const std::vector<std::string>& values) {
    text += csv_line(values);
    ++rows;
  }
  std::string text;
  int64_t rows = 0;
};

/// Writes what has rows and removes what has none. @returns its rows
int64_t settle(const Table& table, const fs::path& file, ImportSummary& summary) {
  if (table.rows == 0) {
    fs::remove(file);
    return 0;
  }
  write_file_atomically(file, table.text);
  summary.tables.push_back(file);
  return table.rows;
}

void write_songs(const PublishedSet& set, const fs::path& file, ImportSummary& summary) {
  std::vector<datasets::Recording> recordings;
  std::set<std::string> ids, songs_with_original;
  const auto add = [&](const Item& item, datasets::RecordingKind kind) {
    if (!item.is_there || dsp::has_midi_name(item.path)) return;
    std::string id = item.id;
    if (!ids.insert(id).second) ids.insert(id = datasets::to_string(kind) + "/" + id);
    recordings.push_back(
        {.recording_id = id,
         .song_id = item.group.empty() ? (item.right.empty() ? item.id : item.right.front()) : item.group,
         .kind = kind,
         .path = path_of(item),
         .title = {},
         .artist = {},
         .youtube_id = item.youtube_id});
  };
  using enum datasets::RecordingKind;
  for (const Item& item : set.references) {
    const bool is_first =
        item.is_there && songs_with_original.insert(item.group.empty() ? item.id : item.group).second;
    add(item, is_first ? kOriginal : kCover);
  }
  for (const Item& item : set.queries) add(item, kHumming);
  summary.recordings = static_cast<int64_t>(recordings.size());
  if (recordings.empty()) {
    fs::remove(file);
    return;
  }
  datasets::write_songs_table(file, recordings);
  summary.tables.push_back(file);
}

/// Queries that find each other: of groups of two or more that are there.
void write_each_other(const std::vector<Item>& items, const fs::path& out, ImportSummary& summary) {
  std::map<std::string, int64_t> members;
  for (const Item& item : items)
    if (item.is_there) ++members[item.group];
  Table queries({"query", "group"});
  for (const Item& item : items)
    if (item.is_there && !item.group.empty() && members[item.group] > 1)
      queries.add({path_of(item), item.group});
  summary.queries = settle(queries, out / kImportedQueries, summary);
  fs::remove(out / kImportedReferences);
}

bool has_two_of_a_group(const std::vector<Item>& items) {
  std::set<std::string> groups;
  return std::any_of(items.begin(), items.end(), [&](const Item& item) {
    return item.is_there && !item.group.empty() && !groups.insert(item.group).second;
  });
}

void write_against_references(const PublishedSet& set, const fs::path& out, ImportSummary& summary) {
  Table queries({"query", "reference_id", "group", "also"}), references({"reference_id", "path"});
  std::map<std::string, std::vector<std::string>> by_group;
  std::set<std::string> there;
  for (const Item& item : set.references) {
    if (!item.is_there || !there.insert(item.id).second) continue;
    references.add({item.id, path_of(item)});
    if (!item.group.empty()) by_group[item.group].push_back(item.id);
  }
  for (const Item& item : set.queries) {
    if (!item.is_there) continue;
    std::vector<std::string> right;
    for (const std::string& id : item.right.empty() ? by_group[item.group] : item.right)
      if (there.contains(id)) right.push_back(id);
    std::string also;
    for (size_t i = 1; i < right.size(); ++i) also += (i > 1 ? ";" : "") + right[i];
    const std::string group = item.group.empty() ? item.id : item.group;
    queries.add({path_of(item), right.empty() ? "" : right.front(), group, also});
  }
  summary.references = settle(references, out / kImportedReferences, summary);
  summary.queries = settle(queries, out / kImportedQueries, summary);
}

}  // namespace

std::vector<WantedSource> wanted_of(const PublishedSet& set, int64_t& refused) {
  std::vector<WantedSource> wanted;
  std::set<std::string> known;
  for (const auto* items : {&set.references, &set.queries})
    for (const Item& item : *items) {
      if (item.is_there || item.youtube_id.empty() || !known.insert(item.youtube_id).second) continue;
      if (fault_of_name(item.youtube_id).empty())
        wanted.push_back(
            {.id = item.youtube_id, .other_id = item.id, .is_archived = false, .end_s = 0, .rows = {}});
      else
        ++refused;
    }
  return wanted;
}

ImportSummary import_set(const PublishedSet& set, const fs::path& out) {
  make_folder(out);
  ImportSummary summary;
  write_songs(set, out / "songs.csv", summary);
  if (set.queries.empty() && has_two_of_a_group(set.references))
    write_each_other(set.references, out, summary);
  else if (set.references.empty())
    write_each_other(set.queries, out, summary);
  else
    write_against_references(set, out, summary);
  Table plan({"youtube_id", "id", "group"});
  for (const auto* items : {&set.references, &set.queries})
    for (const Item& item : *items)
      if (!item.is_there && !item.youtube_id.empty()) plan.add({item.youtube_id, item.id, item.group});
  summary.planned = settle(plan, out / "plan.csv", summary);
  return summary;
}

}  // namespace melomine::regeneration
