#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/atomic_file.h"
#include "core/folder.h"

namespace melomine::testing {

/// Bytes of all files below a folder, by their paths in it.
inline std::map<std::string, std::string> files_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const std::filesystem::path& file : list_folder_deeply(folder))
    if (std::filesystem::is_regular_file(file))
      files[std::filesystem::relative(file, folder).string()] = read_file(file);
  return files;
}

}  // namespace melomine::testing
