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

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

bool is_plain_name(std::string_view name) {
  constexpr size_t kLongestName = 200;
  const auto is_bad = [](char c) { return c == '/' || static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), is_bad);
}

std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder) {
  return listed<std::filesystem::directory_iterator>(folder);
}

std::vector<std::filesystem::path> list_folder_deeply(const std::filesystem::path& folder) {
  return listed<std::filesystem::recursive_directory_iterator>(folder);
}

}  // namespace melomine
