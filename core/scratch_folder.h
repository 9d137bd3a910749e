#pragma once

#include <filesystem>

namespace melomine {

/// A new folder, removed with all it holds.
class ScratchFolder {
 public:
  /// @param above  in which it is made @throws Error where it cannot be
  explicit ScratchFolder(const std::filesystem::path& above);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace melomine
