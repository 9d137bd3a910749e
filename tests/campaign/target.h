#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace melomine::campaign {

/// A reader of files, and files that it reads.
struct Target {
  std::string family;  ///< "audio", "midi", "yaml", "csv", "hdf5", "safetensors", …
  std::string name;    ///< unique, a word
  /// Makes what is read in an empty folder. @returns the files of which mutants are made
  std::function<std::vector<std::filesystem::path>(const std::filesystem::path& folder)> make;
  /// Reads all that the file says, as the program does. It ends, or throws an Error, whatever the file holds.
  /// @param file  the one that is a mutant @throws std::logic_error for a result that is not right
  std::function<void(const std::filesystem::path& folder, const std::filesystem::path& file)> read;
  std::vector<std::string> words{};  ///< of the format
};

/// All of them; each list stands in its own file.
std::vector<Target> all_targets();
std::vector<Target> audio_targets();
std::vector<Target> array_targets();
std::vector<Target> hdf5_targets();
std::vector<Target> table_targets();
std::vector<Target> record_targets();
std::vector<Target> layout_targets();

}  // namespace melomine::campaign
