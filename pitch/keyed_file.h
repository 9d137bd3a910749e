#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "storage/hdf5.h"

namespace melomine::pitch {

/// Files of a cache: FOLDER/ab/abcdef….h5 of the key abcdef…. Any number of processes and threads may read
/// and write one folder at once.
std::filesystem::path keyed_file(const std::filesystem::path& folder, const std::string& key);

/// It appears whole or not at all, with the attribute `key`. @param write  its arrays
/// @throws DataError when it cannot be written
void write_keyed_file(const std::filesystem::path& folder, const std::string& key,
                      const std::function<void(storage::hdf5::File&)>& write);

/// @throws DataError for a file that is missing, damaged or of another key
storage::hdf5::File open_keyed_file(const std::filesystem::path& folder, const std::string& key);

}  // namespace melomine::pitch
