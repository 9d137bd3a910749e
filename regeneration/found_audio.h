#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "layouts/audio_index.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {

/// Where the recordings of a table lie.
class FoundAudio {
 public:
  /// @param folders  recordings anywhere below, each named by its id
  /// @param hums     the archive of hums, GROUP/FRAGMENT/ID.wav anywhere below; empty: none
  /// @throws DataError for a folder that cannot be listed
  FoundAudio(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& hums);

  /// An empty path where there is none.
  std::filesystem::path find(const WantedSource& source) const;

 private:
  std::vector<layouts::AudioIndex> folders_;
  std::map<std::string, std::filesystem::path> hums_;  ///< by GROUP/FRAGMENT/ID and FRAGMENT/ID
};

}  // namespace melomine::regeneration
