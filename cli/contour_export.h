#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/hdf5.h"

namespace melomine::cli {

/// What `melomine features --export` writes of a recording.
struct ContourExport {
  std::string what;  ///< "f0", "melody" or "activation"
  std::filesystem::path audio, out;
  double melody_hop_s = 0.1;
  std::vector<std::string> settings{};  ///< key=value of the tracker
};

/// CSV where the file's name ends in .csv, else HDF5; prints one line of what was written.
/// @throws ConfigError for settings or an ending that do not fit; DataError for audio that cannot be read
void export_contour(const ContourExport& wanted);

/// Prints the SHA-256 by which the tracker `table` knows a recording. @throws DataError
void print_samples_sha256(const std::filesystem::path& audio);

/// Attributes of a file, from the JSON of a config without maps or lists.
void write_settings(storage::hdf5::File& file, const std::string& json);

}  // namespace melomine::cli
