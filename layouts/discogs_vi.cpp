#include "layouts/discogs_vi.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/shs100k.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;

/// A text of an object; "" where it has none.
template <class AnyJson>
std::string text_of(const AnyJson& json, const char* key) {
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->template get<std::string>() : std::string();
}

/// Ids of YouTube, the best first.
std::vector<std::string> videos_of(const Json& version) {
  std::vector<std::string> videos;
  const auto add = [&](const std::string& url) {
    if (const std::string id = youtube_id_of(url); !id.empty()) videos.push_back(id);
  };
  if (version.contains("youtube_video") && version["youtube_video"].is_array())
    for (const Json& video : version["youtube_video"]) add(text_of(video, "url"));
  if (version.contains("tracks") && version["tracks"].is_array())
    for (const Json& track : version["tracks"])
      for (const char* key : {"video_youtube_query", "video_discogs2023"}) add(text_of(track, key));
  return videos;
}

Item version_of(const std::string& clique, const std::string& id, const std::vector<std::string>& videos,
                const AudioIndex& audio, std::string place) {
  Item item{.id = id, .group = clique, .place = std::move(place)};
  if (!videos.empty()) item.youtube_id = videos.front();
  for (const std::string& video : videos) {
    item.path = audio.find({video});
    item.is_there = !item.path.empty();
    if (!item.is_there) continue;
    item.youtube_id = video;
    break;
  }
  return item;
}

/// A clique of the whole form. @returns what is wrong with it, or ""
std::string add_clique(std::string_view line, const AudioIndex& audio, const std::string& place,
                       PublishedSet& set) {
  const std::optional<Json> clique = json_if_valid(line);
  if (!clique) return "is no JSON";
  const std::string id = text_of(*clique, "clique_id");
  if (id.empty() || !clique->contains("versions") || !(*clique)["versions"].is_array())
    return "lacks clique_id or versions";
  for (const Json& version : (*clique)["versions"]) {
    const std::string version_id = text_of(version, "version_id");
    if (version_id.empty()) return "has a version without version_id";
    set.references.push_back(version_of(id, version_id, videos_of(version), audio, place));
  }
  return {};
}

void read_light(const fs::path& list, const AudioIndex& audio, PublishedSet& set) {
  nlohmann::json cliques;
  try {
    cliques = parse_json(read_file(list));
  } catch (const nlohmann::json::exception& e) {
    fail_json(list, e.what());
  }
  for (const auto& [clique, versions] : cliques.items()) {
    const std::string place = fmt::format("{}: clique {}", list.string(), clique);
    if (!versions.is_array()) {
      set.checklist.add_unread(place + " is no list of versions");
      continue;
    }
    for (const auto& version : versions) {
      const std::string id = text_of(version, "version_id"), video = text_of(version, "youtube_id");
      if (id.empty())
        set.checklist.add_unread(place + " has a version without version_id");
      else
        set.references.push_back(version_of(clique, id, {video}, audio, place));
    }
  }
}

/// Whether it begins with a whole clique, as each of its lines then does.
bool has_a_clique_a_line(const fs::path& list) {
  constexpr size_t kBeginning = 4096;
  std::ifstream in(list, std::ios::binary);
  std::string beginning(kBeginning, '\0');
  in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<size_t>(in.gcount()));
  if (beginning.empty())
    throw DataError(list.string(), "", fs::exists(list) ? "is empty" : "there is no such file");
  return beginning.find("\"clique_id\"") != std::string::npos;
}

}  // namespace

PublishedSet read_discogs_vi(const fs::path& list, const fs::path& audio) {
  PublishedSet set{.lists = {list}, .checklist = {.layout = "Discogs-VI", .root = list}};
  const AudioIndex index(audio);
  if (list.string().find(".jsonl") != std::string::npos || has_a_clique_a_line(list))
    for_each_line(list, [&](int line, std::string_view text) {
      const std::string place = line_of(list, line);
      if (const std::string problem = add_clique(text, index, place, set); !problem.empty())
        set.checklist.add_unread(fmt::format("{}: {}", place, problem));
    });
  else
    read_light(list, index, set);
  if (set.references.empty())
    throw DataError(
        list.string(), "",
        "names no version" + (set.checklist.unread.empty() ? "" : "; " + set.checklist.unread.front()));
  check_items(set.checklist, "versions", set.references);
  return set;
}

}  // namespace melomine::layouts
