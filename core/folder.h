#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace melomine {

/// Whether there is a file of this name. One that no file can have, as tables may hold it, is that of none.
bool is_file(const std::filesystem::path& path);

/// Whether a text is the name of a file or folder in another one, and leads nowhere else: 1 to 200 bytes, no
/// slash, no control character, neither "." nor "..".
bool is_plain_name(std::string_view name);

/// What lies in a folder, files and folders, sorted. Left out is what begins with `._`: macOS leaves such a
/// file beside every other one on disks that are not its own. @throws DataError when the folder cannot be
/// listed
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);

/// The same with all that lies below it. Links to folders are not followed.
std::vector<std::filesystem::path> list_folder_deeply(const std::filesystem::path& folder);

}  // namespace melomine
