#include "layouts/humtrans.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/text.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHumTrans = "HumTrans";
constexpr const char* kKeysFile = "train_valid_test_keys.json";
constexpr std::array<std::string_view, 4> kSplits = {"train", "valid", "test", "all"};

std::vector<std::string> keys_in(const fs::path& file, const std::string& split) {
  std::vector<std::string> keys;
  const auto json = json_if_valid(read_file(file));
  if (!json || !json->is_object()) throw DataError(file.string(), "", "is no JSON of lists of keys");
  for (const auto& [name, list] : json->items()) {
    if (split != "all" && lower_case(name) != split) continue;
    if (!list.is_array()) throw DataError(file.string(), name, "is no list of keys");
    for (const auto& key : list) keys.push_back(key.is_string() ? key.get<std::string>() : std::string());
  }
  if (keys.empty()) throw DataError(file.string(), "", fmt::format("has no keys of the split '{}'", split));
  return keys;
}

/// Nothing where it is no key.
std::optional<Item> item_of_key(const std::string& key) {
  const std::vector<std::string> parts = melomine::layouts::split(key, '_');
  if (parts.size() < 4 ||
      std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); }))
    return std::nullopt;
  return Item{.id = key, .group = parts[1] + "_" + parts[2], .singer = parts[0]};
}

}  // namespace

PublishedSet read_humtrans(const fs::path& root, const std::string& split) {
  if (std::find(kSplits.begin(), kSplits.end(), split) == kSplits.end())
    throw ConfigError(
        fmt::format("split '{}' is not of HumTrans; known: {}", split, fmt::join(kSplits, ", ")));
  const auto folder =
      find_root(root, [](const fs::path& at) { return find_child(at, {kKeysFile}).has_value(); });
  if (!folder && split != "all") fail_tree(root, kHumTrans, {kKeysFile});
  PublishedSet set{.checklist = {.layout = kHumTrans, .root = root}};
  const AudioIndex audio(root);
  std::vector<std::string> keys;
  if (folder) {
    set.lists.push_back(*find_child(*folder, {kKeysFile}));
    keys = keys_in(set.lists.front(), split);
  } else {
    for (const auto& [name, file] : audio.files()) keys.push_back(name);
  }
  const fs::path source = set.lists.empty() ? root : set.lists.front();
  std::set<std::string> known;
  for (const std::string& key : keys) {
    std::optional<Item> item = item_of_key(key);
    if (!item || !known.insert(key).second) {
      set.checklist.add_unread(
          fmt::format("{}: '{}' {}", source.string(), key,
                      item ? "is given twice" : "is no key PERSON_MUSIC_SEGMENT_REPETITION"));
      continue;
    }
    item->path = audio.find({key});
    item->is_there = !item->path.empty();
    item->place = item->is_there ? item->path.string() : key;
    set.queries.push_back(std::move(*item));
  }
  if (set.queries.empty()) fail_tree(root, kHumTrans, {"PERSON_MUSIC_SEGMENT_REPETITION.wav"});
  check_items(set.checklist, "queries", set.queries);
  return set;
}

}  // namespace melomine::layouts
