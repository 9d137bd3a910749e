#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace melomine::sweeps {

/// Who a process is, for others on the same machine: as long as the machine, its start and its space of
/// process numbers are the same, the number and the time of its start tell it from all others.
struct ProcessIdentity {
  std::string machine = {};  ///< name, boot and pid namespace
  int64_t pid = 0;
  std::string started = {};  ///< in the kernel's ticks; empty: unknown

  static ProcessIdentity own();
  /// Whether it certainly runs no more; false where it cannot be told, as of another machine's.
  bool is_gone() const;
};

/// The same of the worker of a name (Presence::name), by its host and process number alone.
bool is_gone_worker(const std::string& name);

/// Seconds of the file system's own clock at which a file was last changed. Opens it, so that a network file
/// system asks its server. @throws DataError where it cannot be opened
double changed_at_s(const std::filesystem::path& file);

/// Sets a file's time to the file system's present. @throws DataError
void touch(const std::filesystem::path& file);

/// A worker's file in the sweep's folder as long as it lives: says that it is there, and what time it is
/// where the claims are, whatever the clocks of machines say.
class Presence {
 public:
  /// Removes files of those that are gone. @param folder  made where it is absent
  explicit Presence(const std::filesystem::path& folder);
  ~Presence();
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

  const std::string& name() const { return name_; }  ///< "HOST-PID", different for each
  /// The file system's present in seconds.
  double now_s() const;

 private:
  std::string name_;
  std::filesystem::path file_;
};

}  // namespace melomine::sweeps
