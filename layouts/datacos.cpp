#include "layouts/datacos.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "layouts/audio_index.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDatacos = "Da-TACOS";

fs::path metadata_file(const fs::path& list, const std::string& split) {
  if (fs::is_regular_file(list)) return list;
  if (split != "benchmark" && split != "coveranalysis")
    throw ConfigError(fmt::format("split '{}' is not of Da-TACOS; known: benchmark, coveranalysis", split));
  const std::string name = fmt::format("da-tacos_{}_subset_metadata.json", split);
  const auto folder = find_root(list, [&](const fs::path& at) { return find_child(at, {name}).has_value(); });
  if (!folder) fail_tree(list, kDatacos, {name});
  return *find_child(*folder, {name});
}

}  // namespace

PublishedSet read_datacos(const fs::path& list, const fs::path& audio, const std::string& split) {
  const fs::path file = metadata_file(list, split);
  PublishedSet set{.lists = {file}, .checklist = {.layout = kDatacos, .root = file.parent_path()}};
  nlohmann::json works;
  try {
    works = parse_json(read_file(file));
  } catch (const nlohmann::json::exception& e) {
    fail_json(file, e.what());
  }
  if (!works.is_object()) throw DataError(file.string(), "", "is no JSON object of works");
  const AudioIndex index(audio);
  for (const auto& [work, performances] : works.items()) {
    if (!performances.is_object()) {
      set.checklist.add_unread(fmt::format("{}: {}: is no JSON object of performances", file.string(), work));
      continue;
    }
    for (const auto& [performance, facts] : performances.items()) {
      const fs::path found = index.find({performance});
      set.references.push_back({.id = performance,
                                .path = found,
                                .is_there = !found.empty(),
                                .group = work,
                                .place = fmt::format("{}: {}", file.string(), performance)});
    }
  }
  if (set.references.empty()) throw DataError(file.string(), "", "names no performance");
  check_items(set.checklist, "versions", set.references);
  return set;
}

}  // namespace melomine::layouts
