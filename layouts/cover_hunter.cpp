#include "layouts/cover_hunter.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/json_text.h"
#include "dsp/audio_name.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

/// The first of these keys that is there, as text: numbers stand for ids, too.
std::string first_of(const nlohmann::ordered_json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) continue;
    return found->is_string() ? found->get<std::string>() : json_text(*found);
  }
  return {};
}

}  // namespace

PublishedSet read_cover_hunter(const fs::path& list, const fs::path& audio) {
  PublishedSet set{.lists = {list}, .checklist = {.layout = "CoverHunter", .root = list}};
  const AudioIndex index(audio);
  PathFinder finder;
  std::set<std::string> ids;
  for_each_line(list, [&](int line, std::string_view text) {
    const std::string place = line_of(list, line);
    const auto json = json_if_valid(text);
    if (!json || !json->is_object()) return set.checklist.add_unread(place + ": is no JSON object");
    const std::string id = first_of(*json, {"utt", "perf"}), wav = first_of(*json, {"wav"});
    const std::string work = first_of(*json, {"song", "work", "song_id", "work_id"});
    if (id.empty() || work.empty() || wav.empty())
      return set.checklist.add_unread(place + ": lacks utt (perf), wav or song (work)");
    if (!ids.insert(id).second)
      return set.checklist.add_unread(fmt::format("{}: '{}' was given before", place, id));
    std::error_code ignored;
    fs::path path = wav;
    if (!fs::is_regular_file(path, ignored)) path = finder.find(list.parent_path(), wav).value_or("");
    if (path.empty()) path = index.find({dsp::name_of_audio(fs::path(plain_path(wav)).filename()), id});
    const bool is_there = !path.empty();
    set.references.push_back({.id = id,
                              .path = is_there ? path : fs::path(wav),
                              .is_there = is_there,
                              .group = work,
                              .place = place});
  });
  if (set.references.empty())
    throw DataError(
        list.string(), "",
        "names no version" + (set.checklist.unread.empty() ? "" : "; " + set.checklist.unread.front()));
  check_items(set.checklist, "versions", set.references);
  return set;
}

}  // namespace melomine::layouts
