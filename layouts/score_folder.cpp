#include "layouts/score_folder.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/folder.h"
#include "dsp/audio_name.h"

namespace melomine::layouts {

namespace fs = std::filesystem;

PublishedSet read_score_folder(const fs::path& root, const std::string& layout) {
  if (!fs::is_directory(root)) throw DataError(root.string(), "", "there is no such folder");
  PublishedSet set{.checklist = {.layout = layout, .root = root}};
  std::map<std::string, fs::path> known;
  for (const fs::path& file : list_folder_deeply(root)) {
    const fs::path inside = fs::relative(file, root);
    if (!dsp::has_midi_name(file) ||
        std::find(inside.begin(), inside.end(), fs::path("versions")) != inside.end())
      continue;
    const std::string id = dsp::name_of_audio(file);
    const auto [first, fresh] = known.emplace(id, file);
    if (!fresh)
      throw DataError(file.string(), "",
                      "has the name of " + first->second.string() + "; each song needs its own");
    set.references.push_back({.id = id, .path = file, .is_there = true, .group = id, .place = file.string()});
  }
  if (set.references.empty()) throw DataError(root.string(), "", "holds no MIDI file (.mid)");
  check_items(set.checklist, "songs", set.references);
  return set;
}

}  // namespace melomine::layouts
