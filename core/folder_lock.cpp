#include "core/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/text.h"
#include "core/this_machine.h"
#include "core/utc_time.h"

namespace melomine {
namespace {

constexpr std::string_view kPid = "pid ", kHost = " on ", kSince = " since ";

/// As the kernel knows it, words separated by spaces.
std::string own_command_line() {
  std::string words;
  try {
    words = read_file("/proc/self/cmdline");
  } catch (const DataError&) {
    return "unknown command";  // a system without /proc
  }
  while (words.ends_with('\0')) words.pop_back();
  std::replace_if(
      words.begin(), words.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return words;
}

std::string own_signature() {
  return fmt::format("{}{}{}{}{}{}: {}\n", kPid, ::getpid(), kHost, host_name(), kSince, now_utc(),
                     own_command_line());
}

/// Whether the process that signed may still run; of another host it cannot be told.
bool may_run(std::string_view signature) {
  const size_t host = signature.find(kHost), since = signature.find(kSince);
  if (!signature.starts_with(kPid) || host == std::string_view::npos || since == std::string_view::npos)
    return false;
  const size_t name = host + kHost.size();
  if (signature.substr(name, since - name) != host_name()) return true;
  const auto pid = parse<int64_t>(signature.substr(kPid.size(), host - kPid.size()));
  return pid && process_exists(*pid);
}

/// The last that signed and may still run, this process only where there is no other; empty without any.
std::string holder_of(const std::filesystem::path& file) {
  const std::string own = fmt::format("{}{}{}", kPid, ::getpid(), kHost);
  std::string holder;
  try {
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);)
      if (may_run(line) && (holder.empty() || !line.starts_with(own))) holder = line;
  } catch (const DataError&) {  // it has just left
  }
  return holder;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, Sharing sharing, const std::string& name)
    : path_(folder / name) {
  while (!try_to_hold(folder, sharing)) ::close(fd_);
  sign(sharing);
}

bool FolderLock::try_to_hold(const std::filesystem::path& folder, Sharing sharing) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0)
    throw DataError(folder.string(), "", fmt::format("cannot be worked in: {}", std::strerror(errno)));
  if (::flock(fd_, (sharing == Sharing::kAlone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) {
    struct stat held {
    }, present{};
    return ::fstat(fd_, &held) == 0 && ::stat(path_.c_str(), &present) == 0 &&
           held.st_ino == present.st_ino && held.st_dev == present.st_dev;
  }
  if (errno != EWOULDBLOCK) {  // a file system without locks is worked on without
    static std::once_flag told;
    std::call_once(told, [&] {
      log_warning("{}: cannot be locked here; let no second process work in it", folder.string());
    });
    return true;
  }
  ::close(fd_);
  const std::string holder = holder_of(path_);
  throw DataError(folder.string(), "",
                  fmt::format("another process is working in this folder{}{}; wait for it, or end it",
                              holder.empty() ? "" : ": ", holder));
}

void FolderLock::sign(Sharing sharing) const {
  const std::string line = own_signature();
  const bool signed_by_it = (sharing == Sharing::kShared || ::ftruncate(fd_, 0) == 0) &&
                            ::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  static_cast<void>(signed_by_it);  // on a full disk the lock holds all the same, without a name
}

std::string worker_behind(const std::filesystem::path& lock_file) {
  const int fd = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return {};
  const bool is_free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  if (is_free) return {};
  std::string line;
  try {
    std::istringstream lines(read_file(lock_file));
    std::getline(lines, line);
  } catch (const DataError&) {  // it has just left
    return {};
  }
  return line.empty() ? "a process that did not sign" : line;
}

FolderLock::~FolderLock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) ::unlink(path_.c_str());
  ::close(fd_);
}

}  // namespace melomine
