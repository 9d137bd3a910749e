#include "core/folder.h"

#include <algorithm>
#include <string>

#include "core/error.h"

namespace melomine {
namespace {

template <class Iterator>
std::vector<std::filesystem::path> listed(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (Iterator at(folder, error); !error && at != Iterator(); at.increment(error))
    if (!at->path().filename().string().starts_with("._")) paths.push_back(at->path());
  if (error) throw DataError(folder.string(), "", "cannot list the folder: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder) {
  return listed<std::filesystem::directory_iterator>(folder);
}

std::vector<std::filesystem::path> list_folder_deeply(const std::filesystem::path& folder) {
  return listed<std::filesystem::recursive_directory_iterator>(folder);
}

}  // namespace melomine
