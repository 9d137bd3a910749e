#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace melomine {

/// A file that appears whole or not at all. Write to `temporary()`, then `commit()`: synced, renamed over the
/// final path, its folder synced. Destroyed without a commit, the temporary is removed; after a kill, the
/// stale temporary is overwritten by the next attempt (its name depends on the final name and the tag alone).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }
  /// @throws DataError when the file cannot be synced or renamed (disk full, permissions)
  void commit();

 private:
  std::filesystem::path final_path_, temporary_;
  bool committed_ = false;
};

/// Where several processes write into one folder, each names itself once, at its start: their temporaries
/// then differ.
/// @param tag  equal for the next attempt of the same work; empty = the only writer
void set_temporary_tag(std::string tag);

/// Makes a folder and those above it; one that is there already is fine. @throws DataError saying why not
void make_folder(const std::filesystem::path& folder);

/// @throws DataError
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// @throws DataError when the file cannot be read, or is a folder
std::string read_file(const std::filesystem::path& path);

}  // namespace melomine
