#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace melomine::pitch {

/// Files of a zip archive that are stored as they are, as torch.save does, with the 64-bit extensions.
class ZipArchive {
 public:
  /// @param bytes  the archive, which outlives this
  /// @param name   stands for it in messages
  /// @throws DataError for what is no such archive, or is cut off
  ZipArchive(std::string_view bytes, std::string name);

  /// Path in the archive → its bytes.
  const std::map<std::string, std::string_view>& files() const { return files_; }
  /// @throws DataError when there is none
  std::string_view file(const std::string& path) const;

 private:
  /// `size` bytes from `offset` on. @throws DataError when they are not all there
  std::string_view part(uint64_t offset, uint64_t size) const;
  uint64_t number(uint64_t offset, uint64_t size) const;
  /// The file that a record of the directory names. @returns the offset of the next record
  uint64_t add_file(uint64_t record);

  std::string_view bytes_;
  std::string name_;
  std::map<std::string, std::string_view> files_;
};

}  // namespace melomine::pitch
