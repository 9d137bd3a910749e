#include "layouts/covers80.h"

#include <fmt/format.h>

#include <optional>

#include "core/error.h"
#include "core/folder.h"
#include "dsp/audio_name.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCovers80 = "Covers80";

/// The folder that holds the lists: the root or up to two levels below.
std::optional<fs::path> lists_folder(const fs::path& root) {
  const auto has_lists = [](const fs::path& at) {
    return find_child(at, {"list1.list"}).has_value() && find_child(at, {"list2.list"}).has_value();
  };
  if (auto found = find_root(root, has_lists)) return found;
  for (const fs::path& child : list_folder(root))
    if (fs::is_directory(child))
      if (auto found = find_root(child, has_lists)) return found;
  return std::nullopt;
}

std::vector<Item> read_pairs_list(const fs::path& list, const fs::path& audio) {
  std::vector<Item> items;
  for_each_line(list, [&](int line, std::string_view text) {
    const std::string name = plain_path(text);
    const fs::path relative(name);
    Item item{.id = name, .path = audio / relative, .group = relative.parent_path().generic_string()};
    item.place = line_of(list, line);
    // Names have dots of their own, so an extension is put behind what the list has.
    std::error_code ignored;
    for (const char* extension : {".mp3", ".wav", ".flac", ".m4a", ".ogg", ""})
      if (const fs::path file = item.path.string() + extension; fs::is_regular_file(file, ignored)) {
        item.path = file;
        item.is_there = true;
        break;
      }
    items.push_back(std::move(item));
  });
  return items;
}

}  // namespace

PublishedSet read_covers80(const fs::path& root) {
  const std::optional<fs::path> folder = lists_folder(root);
  if (!folder) fail_tree(root, kCovers80, {"list1.list", "list2.list"});
  const fs::path first = *find_child(*folder, {"list1.list"}), second = *find_child(*folder, {"list2.list"});
  PublishedSet set{.lists = {first, second}, .checklist = {.layout = kCovers80, .root = *folder}};
  const fs::path audio = find_child(*folder, {"covers32k"}).value_or(*folder);
  set.queries = read_pairs_list(first, audio);
  set.references = read_pairs_list(second, audio);
  if (set.queries.size() != set.references.size() || set.queries.empty())
    throw DataError(second.string(), "",
                    fmt::format("has {} lines and {} has {}: they do not pair", set.references.size(),
                                first.filename().string(), set.queries.size()));
  for (size_t i = 0; i < set.queries.size(); ++i)
    if (set.queries[i].group != set.references[i].group)
      set.checklist.add_unread(fmt::format("{}: pairs {} with {}", set.references[i].place,
                                           set.queries[i].group, set.references[i].group));
  check_items(set.checklist, "versions of the first list", set.queries);
  check_items(set.checklist, "of the second", set.references);
  return set;
}

}  // namespace melomine::layouts
