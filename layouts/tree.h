#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace melomine::layouts {

/// With '/' for '\' and without "./" or slashes at the front: names in lists made on Windows, too.
std::string plain_path(std::string_view name);

/// What lies in a folder under one of these names, whatever the case of its letters; the first that is there.
std::optional<std::filesystem::path> find_child(const std::filesystem::path& folder,
                                                std::initializer_list<std::string_view> names);

/// The folder itself, or the one folder in it, for which `is_root` holds: archives unpack into a folder of
/// their own. Nothing where it is neither. @throws DataError where `folder` is no folder
std::optional<std::filesystem::path> find_root(
    const std::filesystem::path& folder, const std::function<bool(const std::filesystem::path&)>& is_root);

/// Says what was looked for in a folder and what it holds. @param looked_for  "waveFile/**/NNNNN.wav"
/// @throws DataError, always
[[noreturn]] void fail_tree(const std::filesystem::path& folder, std::string_view layout,
                            const std::vector<std::string>& looked_for);

/// Files by names that lists give, in any case of letters where no file is written so. Folders are listed
/// once.
class PathFinder {
 public:
  /// @param name  relative to the folder, with slashes of either kind
  /// @returns nothing where it is no file
  std::optional<std::filesystem::path> find(const std::filesystem::path& folder, std::string_view name);

 private:
  const std::map<std::string, std::string>& names_in(const std::filesystem::path& folder);
  std::map<std::filesystem::path, std::map<std::string, std::string>> names_;  ///< folder, small name: name
};

}  // namespace melomine::layouts
