#pragma once

#include <filesystem>
#include <string>

namespace melomine {

/// The file that says who works in a folder.
inline constexpr const char* kLockFile = ".lock";

/// Held while a process works in a folder, so that no second one does; a kill releases it. The file that is
/// locked says who works there, and is gone when the last holder is. On a file system without locks nothing
/// is held, which is logged as a warning once.
class FolderLock {
 public:
  enum class Sharing { kAlone, kShared };

  /// @param folder  must exist
  /// @param name    of the locked file: locks of other names do not meet
  /// @throws DataError when another process holds it otherwise than shared by both, naming that process: pid,
  /// host, since when, its command line
  explicit FolderLock(const std::filesystem::path& folder, Sharing sharing = Sharing::kAlone,
                      const std::string& name = kLockFile);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  /// @returns whether the file that was locked is still the folder's
  bool try_to_hold(const std::filesystem::path& folder, Sharing sharing);
  void sign(Sharing sharing) const;

  std::filesystem::path path_;
  int fd_ = -1;
};

/// Who holds a FolderLock's file, as it signed: pid, host, since when, its command line; the first of
/// several. Empty where nobody does, or the file is absent or may not be opened.
std::string worker_behind(const std::filesystem::path& lock_file);

}  // namespace melomine
