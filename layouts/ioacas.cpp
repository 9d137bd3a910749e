#include "layouts/ioacas.h"

#include <fmt/format.h>

#include <algorithm>
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

constexpr const char* kIoacas = "IOACAS_QBH";

std::optional<fs::path> midi_list(const fs::path& folder) {
  return find_child(folder, {"midi.list"});
}

/// The folder itself where it has a list, else those below it that have one, two levels deep.
std::vector<fs::path> parts_below(const fs::path& root) {
  if (midi_list(root)) return {root};
  std::vector<fs::path> parts;
  for (const fs::path& child : list_folder(root)) {
    if (!fs::is_directory(child)) continue;
    if (midi_list(child)) {
      parts.push_back(child);
      continue;
    }
    for (const fs::path& grandchild : list_folder(child))
      if (fs::is_directory(grandchild) && midi_list(grandchild)) parts.push_back(grandchild);
  }
  return parts;
}

std::vector<fs::path> wanted_parts(const fs::path& root, const std::vector<std::string>& wanted) {
  if (!fs::is_directory(root)) throw DataError(root.string(), "", "there is no such folder");
  std::vector<fs::path> all = parts_below(root);
  if (all.empty()) fail_tree(root, kIoacas, {"midi.list", "query.list (or querywav_list.txt)"});
  if (wanted.empty()) return all;
  std::vector<fs::path> parts;
  for (const std::string& name : wanted) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const fs::path& part) { return part.filename() == name; });
    if (found == all.end()) {
      std::string known;
      for (const fs::path& part : all) known += (known.empty() ? "" : ", ") + part.filename().string();
      throw ConfigError(fmt::format("parts: '{}' is not in {}; known: {}", name, root.string(), known));
    }
    parts.push_back(*found);
  }
  return parts;
}

/// A line's parts; some releases have blanks in place of tabs.
std::vector<std::string> words_of(std::string_view line) {
  if (line.find('\t') != std::string_view::npos) return split(line, '\t');
  line = trimmed(line);
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {std::string(line)};
  return {std::string(line.substr(0, blank)), std::string(trimmed(line.substr(blank)))};
}

/// One part of the corpus.
class IoacasPart {
 public:
  IoacasPart(fs::path folder, bool prefixed, PublishedSet& set)
      : folder_(std::move(folder)),
        prefix_(prefixed ? folder_.filename().string() + "/" : std::string()),
        set_(set) {}

  void read_songs() {
    const fs::path list = *midi_list(folder_);
    set_.lists.push_back(list);
    for_each_line(list, [&](int line, std::string_view text) {
      const std::vector<std::string> words = words_of(text);
      const std::string name = plain_path(words.front());
      if (!dsp::has_midi_name(name))
        return set_.checklist.add_unread(line_of(list, line) + ": does not begin with a MIDI file");
      const std::string id = prefix_ + dsp::name_of_audio(name);
      if (!ids_.insert(id).second)
        return set_.checklist.add_unread(fmt::format("{}: '{}' was given before", line_of(list, line), id));
      const std::optional<fs::path> file = finder_.find(folder_, name);
      set_.references.push_back({.id = id,
                                 .path = file.value_or(folder_ / name),
                                 .is_there = file.has_value(),
                                 .group = id,
                                 .place = line_of(list, line)});
      for (const std::string& known : {name, fs::path(name).filename().string(), dsp::name_of_audio(name)})
        songs_.emplace(lower_case(known), id);
      if (words.size() > 1) songs_.emplace(words[1], id);  // a title as its bytes
    });
  }

  void read_queries() {
    const std::optional<fs::path> list = find_child(folder_, {"query.list", "querywav_list.txt"});
    if (!list) fail_tree(folder_, kIoacas, {"query.list (or querywav_list.txt)"});
    set_.lists.push_back(*list);
    for_each_line(*list, [&](int line, std::string_view text) {
      const std::vector<std::string> words = words_of(text);
      if (words.size() < 2 || words[0].empty())
        return set_.checklist.add_unread(line_of(*list, line) + ": is not a wav file and its song");
      const std::string name = plain_path(words[0]);
      const std::string* song = song_of(words[1]);
      if (song == nullptr)
        return set_.checklist.add_unread(fmt::format("{}: its song '{}' is not in midi.list",
                                                     line_of(*list, line), replace_invalid_utf8(words[1])));
      if (!ids_.insert(prefix_ + name).second)
        return set_.checklist.add_unread(
            fmt::format("{}: '{}' was given before", line_of(*list, line), name));
      const std::optional<fs::path> file = finder_.find(folder_, name);
      set_.queries.push_back({.id = prefix_ + name,
                              .path = file.value_or(folder_ / name),
                              .is_there = file.has_value(),
                              .group = *song,
                              .right = {*song},
                              .place = line_of(*list, line)});
    });
  }

 private:
  /// Null where there is none.
  const std::string* song_of(const std::string& said) const {
    const std::string name = plain_path(said);
    for (const std::string& known : {lower_case(name), said, lower_case(fs::path(name).filename().string()),
                                     lower_case(dsp::name_of_audio(name))})
      if (const auto found = songs_.find(known); found != songs_.end()) return &found->second;
    return nullptr;
  }

  fs::path folder_;
  std::string prefix_;
  PublishedSet& set_;
  PathFinder finder_;
  std::set<std::string> ids_;
  std::map<std::string, std::string> songs_;  ///< what a song may be called: its id
};

}  // namespace

PublishedSet read_ioacas(const fs::path& root, const std::vector<std::string>& parts) {
  PublishedSet set{.checklist = {.layout = kIoacas, .root = root}};
  const std::vector<fs::path> folders = wanted_parts(root, parts);
  for (const fs::path& folder : folders) {
    IoacasPart part(folder, folders.size() > 1, set);
    part.read_songs();
    part.read_queries();
  }
  if (set.queries.empty() || set.references.empty())
    throw DataError(root.string(), "",
                    "its lists name no query and song that belong together" +
                        (set.checklist.unread.empty() ? "" : "; " + set.checklist.unread.front()));
  check_items(set.checklist, "queries", set.queries);
  check_items(set.checklist, "references", set.references);
  return set;
}

}  // namespace melomine::layouts
