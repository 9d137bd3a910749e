#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace melomine {

/// A file that appears whole or not at all. Write to `temporary()`, then `commit()`: synced, renamed over the
/// final path, its folder synced. Destroyed without a commit, the temporary is removed; after a kill, the
/// stale temporary is overwritten by the next attempt (its name depends on the final name and the writer
/// alone).
class AtomicFile {
 public:
  /// @param writer  where several may write one file at once, a name for each, equal for the next attempt of
  ///                the same work: their temporaries then differ; empty: the only one
  explicit AtomicFile(std::filesystem::path final_path, std::string_view writer = {});
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

/// Makes a folder and those above it; one that is there already is fine. @throws DataError saying why not
void make_folder(const std::filesystem::path& folder);

/// @param writer  as AtomicFile has it. @throws DataError
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           std::string_view writer = {});

/// @throws DataError when the file cannot be read, or is a folder
std::string read_file(const std::filesystem::path& path);

}  // namespace melomine
