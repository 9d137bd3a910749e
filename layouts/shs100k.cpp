#include "layouts/shs100k.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShs100k = "SHS100K";

struct ListedVersion {
  std::string work, youtube_id, place;
};

/// The splits' files in the two forms.
struct SplitFiles {
  std::string tabs, csv;
};

std::vector<SplitFiles> files_of_split(const std::string& split) {
  const std::map<std::string, SplitFiles> known = {{"train", {"SHS100K-TRAIN", "train.csv"}},
                                                   {"val", {"SHS100K-VAL", "validate.csv"}},
                                                   {"test", {"SHS100K-TEST", "test.csv"}}};
  std::vector<SplitFiles> files;
  for (const auto& [name, file] : known)
    if (split == "all" || split == name) files.push_back(file);
  if (files.empty())
    throw ConfigError(fmt::format("split '{}' is not of SHS100K; known: all, test, train, val", split));
  return files;
}

/// Versions with their works and ids of YouTube, as `list` has them.
std::map<std::string, ListedVersion> read_list(const fs::path& list, Checklist& checklist) {
  std::map<std::string, ListedVersion> versions;
  for (const ListRow& row : read_tab_rows(list)) {
    if (row.values.size() < 2 || row.values[0].empty() || row.values[1].empty()) {
      checklist.add_unread(line_of(list, row.line) + ": is not a set_id and a ver_id between tabs");
      continue;
    }
    const std::string url = row.values.size() > 4 ? row.values[4] : std::string();
    versions.try_emplace(row.values[0] + "-" + row.values[1],
                         ListedVersion{row.values[0], youtube_id_of(url), line_of(list, row.line)});
  }
  return versions;
}

void add_version(PublishedSet& set, const AudioIndex& audio, const std::string& id,
                 const ListedVersion& version) {
  const fs::path found = audio.find({id, version.youtube_id});
  set.references.push_back({.id = id,
                            .path = found,
                            .is_there = !found.empty(),
                            .group = version.work,
                            .youtube_id = version.youtube_id,
                            .place = version.place});
}

void read_tab_split(const fs::path& file, const std::map<std::string, ListedVersion>& listed,
                    const AudioIndex& audio, std::set<std::string>& ids, PublishedSet& set) {
  for (const ListRow& row : read_tab_rows(file)) {
    const std::string place = line_of(file, row.line);
    if (row.values.size() < 2 || row.values[0].empty() || row.values[1].empty()) {
      set.checklist.add_unread(place + ": is not a set_id and a ver_id between tabs");
      continue;
    }
    const std::string id = row.values[0] + "-" + row.values[1];
    const auto version = listed.find(id);
    if (version == listed.end())
      set.checklist.add_unread(fmt::format("{}: {} is not in the list of all versions", place, id));
    else if (!ids.insert(id).second)
      set.checklist.add_unread(fmt::format("{}: {} was given before", place, id));
    else
      add_version(set, audio, id, {version->second.work, version->second.youtube_id, place});
  }
}

void read_csv_split(const fs::path& file, const AudioIndex& audio, std::set<std::string>& ids,
                    PublishedSet& set) {
  for (const ListRow& row : read_csv_rows(file, set.checklist)) {
    const std::string place = line_of(file, row.line);
    if (row.values.size() < 5 || row.values[0].empty() || row.values[1].empty())
      set.checklist.add_unread(place + ": is not performance_id, work_id, title, performer, youtube_id");
    else if (!ids.insert(row.values[0]).second)
      set.checklist.add_unread(fmt::format("{}: {} was given before", place, row.values[0]));
    else
      add_version(set, audio, row.values[0], {row.values[1], row.values[4], place});
  }
}

}  // namespace

std::string youtube_id_of(std::string_view url) {
  for (const std::string_view before : {"v=", "youtu.be/", "embed/", "/v/"}) {
    const size_t at = url.find(before);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = url.substr(at + before.size());
    return std::string(rest.substr(0, rest.find_first_of("&?#/ ")));
  }
  return {};
}

PublishedSet read_shs100k(const fs::path& folder, const fs::path& audio, const std::string& split) {
  const std::vector<SplitFiles> wanted = files_of_split(split);
  const auto has_lists = [&](const fs::path& at) {
    return find_child(at, {"list", wanted.front().csv}).has_value();
  };
  const std::optional<fs::path> root = find_root(folder, has_lists);
  if (!root)
    fail_tree(folder, kShs100k,
              {fmt::format("list with {}, or {}", wanted.front().tabs, wanted.front().csv)});
  PublishedSet set{.checklist = {.layout = kShs100k, .root = *root}};
  const AudioIndex index(audio);
  const std::optional<fs::path> list = find_child(*root, {"list"});
  std::map<std::string, ListedVersion> listed;
  if (list) {
    set.lists.push_back(*list);
    listed = read_list(*list, set.checklist);
  }
  std::set<std::string> ids;
  for (const SplitFiles& files : wanted) {
    const std::string& name = list ? files.tabs : files.csv;
    const std::optional<fs::path> file = find_child(*root, {name});
    if (!file) fail_tree(*root, kShs100k, {name});
    set.lists.push_back(*file);
    if (list)
      read_tab_split(*file, listed, index, ids, set);
    else
      read_csv_split(*file, index, ids, set);
  }
  if (set.references.empty()) throw DataError(set.lists.back().string(), "", "names no version");
  check_items(set.checklist, "versions", set.references);
  return set;
}

}  // namespace melomine::layouts
