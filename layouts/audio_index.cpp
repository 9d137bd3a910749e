#include "layouts/audio_index.h"

#include "core/error.h"
#include "core/folder.h"
#include "dsp/audio_name.h"

namespace melomine::layouts {

namespace fs = std::filesystem;

AudioIndex::AudioIndex(const fs::path& folder) {
  if (folder.empty()) return;
  if (!fs::is_directory(folder)) throw DataError(folder.string(), "", "there is no such folder of audio");
  for (const fs::path& file : list_folder_deeply(folder)) {
    std::error_code ignored;
    if (dsp::has_audio_name(file) && fs::is_regular_file(file, ignored))
      files_.emplace(dsp::name_of_audio(file), file);
  }
}

fs::path AudioIndex::find(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names)
    if (const auto found = files_.find(name); !name.empty() && found != files_.end()) return found->second;
  return {};
}

}  // namespace melomine::layouts
