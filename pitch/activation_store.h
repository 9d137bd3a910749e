#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "pitch/activation.h"

namespace melomine::pitch {

/// Activations on disk by their keys, as TrackStore keeps tracks, and in the same folder if need be: a file
/// FOLDER/ab/abcdef….h5 each (HDF5: uint8 `activation` [T * 360], checksummed; attribute key), 36 KB a
/// second.
class ActivationStore {
 public:
  /// @param folder  is made when the first activation is saved
  explicit ActivationStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Whether there is a whole one under this key; a damaged one is logged as a warning.
  bool has(const std::string& key) const;
  /// Nothing where there is none, or where the file is damaged, which is logged as a warning.
  std::optional<Activation> load(const std::string& key) const;
  /// Frames [first, first + count) of those that there are. @throws DataError where there is no such file
  Activation load_frames(const std::string& key, int64_t first, int64_t count) const;
  /// @throws DataError when the file cannot be written
  void save(const std::string& key, const Activation& activation) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace melomine::pitch
