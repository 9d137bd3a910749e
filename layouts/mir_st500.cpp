#include "layouts/mir_st500.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_text.h"
#include "core/text.h"
#include "layouts/audio_index.h"
#include "layouts/shs100k.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr int kLastToTrain = 400;

/// Addresses by song, in the order of numbers.
std::map<int, std::string> read_links(const fs::path& file, Checklist& checklist) {
  std::map<int, std::string> links;
  const auto json = json_if_valid(read_file(file));
  if (!json || !json->is_object()) throw DataError(file.string(), "", "is no JSON object {song: address}");
  for (const auto& [song, url] : json->items()) {
    const auto number = parse<int>(song);
    if (number && *number > 0 && url.is_string())
      links.emplace(*number, url.get<std::string>());
    else
      checklist.add_unread(fmt::format("{}: song '{}' has no number or no address", file.string(), song));
  }
  return links;
}

/// Mixture.mp3 of a song, whatever its format.
fs::path mixture_in(const fs::path& audio, int song) {
  if (audio.empty()) return {};
  const std::string folder = std::to_string(song);
  for (const char* part : {"train", "test", ""})
    for (const char* name : {"Mixture.mp3", "Mixture.wav", "Mixture.flac", "Mixture.m4a"})
      if (fs::path file = audio / part / folder / name; is_file(file)) return file;
  return {};
}

}  // namespace

PublishedSet read_mir_st500(const fs::path& root, const fs::path& audio, const std::string& split) {
  if (split != "all" && split != "train" && split != "test")
    throw ConfigError(fmt::format("split '{}' is not of MIR-ST500; known: all, test, train", split));
  const auto found =
      find_root(root, [](const fs::path& at) { return find_child(at, {"MIR-ST500_link.json"}).has_value(); });
  if (!found) fail_tree(root, "MIR-ST500", {"MIR-ST500_link.json"});
  const fs::path links = *find_child(*found, {"MIR-ST500_link.json"});
  PublishedSet set{.lists = {links}, .checklist = {.layout = "MIR-ST500", .root = *found}};
  const AudioIndex index(audio);
  for (const auto& [song, url] : read_links(links, set.checklist)) {
    if (split != "all" && (song <= kLastToTrain) != (split == "train")) continue;
    const std::string id = std::to_string(song), video = youtube_id_of(url);
    fs::path path = mixture_in(audio, song);
    if (path.empty()) path = index.find({video});
    set.references.push_back({.id = id,
                              .path = path,
                              .is_there = !path.empty(),
                              .group = id,
                              .youtube_id = video,
                              .place = fmt::format("{}: song {}", links.string(), id)});
  }
  check_items(set.checklist, "songs", set.references);
  return set;
}

}  // namespace melomine::layouts
