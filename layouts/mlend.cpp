#include "layouts/mlend.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "layouts/audio_index.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> attributes_table(const fs::path& folder) {
  return find_child(folder, {"MLEndHWD_audio_attributes.csv", "MLEndHWD_audio_attributes_benchmark.csv",
                             "MLEndHWD_audio_attributes_available.csv"});
}

}  // namespace

PublishedSet read_mlend(const fs::path& root, const std::string& interpretation) {
  constexpr const char* kLayout = "MLEnd Hums and Whistles";
  const auto folder = find_root(root, [](const fs::path& at) { return attributes_table(at).has_value(); });
  if (!folder)
    fail_tree(root, kLayout, {"MLEndHWD_audio_attributes.csv (or …_benchmark.csv, …_available.csv)"});
  const fs::path table = *attributes_table(*folder);
  PublishedSet set{.lists = {table}, .checklist = {.layout = kLayout, .root = *folder}};
  const HeadedList list(table, set.checklist);
  const size_t name = list.require({"filename", "public filename", "file id"});
  const size_t song = list.require({"Song"}), how = list.require({"Interpretation"});
  const std::optional<size_t> singer = list.column({"Interpreter"});
  const AudioIndex audio(*folder);
  std::set<std::string> ids;
  for (const ListRow& row : list.rows()) {
    if (!interpretation.empty() && lower_case(row.values[how]) != lower_case(interpretation)) continue;
    const std::string id = dsp::name_of_audio(fs::path(plain_path(row.values[name])).filename());
    if (id.empty() || row.values[song].empty() || !ids.insert(id).second) {
      set.checklist.add_unread(list.place(row) + ": lacks a file name or a song, or gives a file again");
      continue;
    }
    const fs::path found = audio.find({id});
    set.queries.push_back({.id = id,
                           .path = found,
                           .is_there = !found.empty(),
                           .group = row.values[song],
                           .singer = singer ? row.values[*singer] : std::string(),
                           .place = list.place(row)});
  }
  if (set.queries.empty())
    throw DataError(table.string(), "",
                    fmt::format("names no recording{}",
                                interpretation.empty() ? "" : " of the interpretation " + interpretation));
  check_items(set.checklist, "queries", set.queries);
  return set;
}

}  // namespace melomine::layouts
