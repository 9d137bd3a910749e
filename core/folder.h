#pragma once

#include <filesystem>
#include <vector>

namespace melomine {

/// What lies in a folder, files and folders, sorted. Left out is what begins with `._`: macOS leaves such a
/// file beside every other one on disks that are not its own. @throws DataError when the folder cannot be
/// listed
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);

/// The same with all that lies below it. Links to folders are not followed.
std::vector<std::filesystem::path> list_folder_deeply(const std::filesystem::path& folder);

}  // namespace melomine
