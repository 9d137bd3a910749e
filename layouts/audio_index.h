#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace melomine::layouts {

/// Audio anywhere below a folder by its name without extension: `audio/{ab}/{abcdef}.mp4` and `abcdef.m4a`
/// are both "abcdef". Letters keep their case, since ids of YouTube differ by it. Of two files of one name
/// the first in the order of paths counts.
class AudioIndex {
 public:
  /// An empty path holds nothing. @throws DataError when the folder cannot be listed
  explicit AudioIndex(const std::filesystem::path& folder);

  /// Of the first name that is there. @returns an empty path where none is
  std::filesystem::path find(std::initializer_list<std::string_view> names) const;
  const std::map<std::string, std::filesystem::path, std::less<>>& files() const { return files_; }

 private:
  std::map<std::string, std::filesystem::path, std::less<>> files_;
};

}  // namespace melomine::layouts
