#include "regeneration/found_audio.h"

#include "core/error.h"
#include "core/folder.h"
#include "dsp/audio_name.h"

namespace melomine::regeneration {

namespace fs = std::filesystem;

FoundAudio::FoundAudio(const std::vector<fs::path>& folders, const fs::path& hums) {
  for (const fs::path& folder : folders) folders_.emplace_back(folder);
  if (hums.empty()) return;
  if (!fs::is_directory(hums)) throw DataError(hums.string(), "", "there is no such folder of hums");
  for (const fs::path& file : list_folder_deeply(hums)) {
    std::error_code ignored;
    if (!dsp::has_audio_name(file) || !fs::is_regular_file(file, ignored)) continue;
    const fs::path folder = file.parent_path();
    const fs::path short_name = folder.filename() / dsp::name_of_audio(file);
    hums_.emplace((folder.parent_path().filename() / short_name).string(), file);
    hums_.emplace(short_name.string(), file);
  }
}

fs::path FoundAudio::find(const WantedSource& source) const {
  if (source.is_archived) {
    const auto found = hums_.find(source.id);
    return found == hums_.end() ? fs::path() : found->second;
  }
  for (const layouts::AudioIndex& folder : folders_)
    if (fs::path file = folder.find({source.id, source.other_id}); !file.empty()) return file;
  return {};
}

}  // namespace melomine::regeneration
