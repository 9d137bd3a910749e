#include "sweeps/presence.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "core/this_machine.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;

constexpr double kForgotten_s = 24 * 3600;  // of the file of a worker that was killed on another machine

std::string text_or_nothing(const fs::path& file) {
  try {
    return std::string(trimmed(read_file(file)));
  } catch (const DataError&) {
    return "";
  }
}

/// Field 22 of /proc/PID/stat (proc(5)), after the name in brackets, which may hold blanks; "" without it.
std::string start_of(int64_t pid) {
  const std::string stat = text_or_nothing(fmt::format("/proc/{}/stat", pid));
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  constexpr int kStart = 22, kFirstAfterName = 3;
  for (int i = kFirstAfterName; i <= kStart; ++i) fields >> field;
  return field;
}

std::string own_machine() {
  std::error_code ignored;
  const std::string space = fs::read_symlink("/proc/self/ns/pid", ignored).string();
  return host_name() + " " + text_or_nothing("/proc/sys/kernel/random/boot_id").substr(0, 8) + " " + space;
}

/// Another for each worker of this process.
std::string next_name() {
  static std::atomic<int> made{0};
  const int number = ++made;
  return fmt::format("{}-{}{}", host_name(), ::getpid(), number == 1 ? "" : fmt::format("-{}", number));
}

[[noreturn]] void fail_on(const fs::path& file, const char* what) {
  throw DataError(file.string(), "", fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

ProcessIdentity ProcessIdentity::own() {
  return {own_machine(), ::getpid(), start_of(::getpid())};
}

bool ProcessIdentity::is_gone() const {
  if (machine != own_machine() || pid <= 0) return false;
  if (!process_exists(pid)) return true;
  return !started.empty() && start_of(pid) != started;
}

bool is_gone_worker(const std::string& name) {
  const std::string host = host_name() + "-";
  if (!name.starts_with(host)) return false;
  const auto pid = parse<int64_t>(name.substr(host.size(), name.find('-', host.size()) - host.size()));
  return pid && *pid > 0 && !process_exists(*pid);
}

double changed_at_s(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_on(file, "cannot open");
  struct stat status {};
  const int told = ::fstat(fd, &status);
  ::close(fd);
  if (told != 0) fail_on(file, "cannot tell its time");
  return static_cast<double>(status.st_mtim.tv_sec) + static_cast<double>(status.st_mtim.tv_nsec) * 1e-9;
}

void touch(const fs::path& file) {
  if (::utimensat(AT_FDCWD, file.c_str(), nullptr, 0) != 0) fail_on(file, "cannot touch");
}

Presence::Presence(const fs::path& folder) : name_(next_name()) {
  make_folder(folder);
  file_ = folder / name_;
  const ProcessIdentity own = ProcessIdentity::own();
  write_file_atomically(file_, fmt::format("{}\n{}\n{}\n", own.machine, own.pid, own.started));
  const double now = now_s();
  for (const fs::path& other : list_folder(folder)) {
    std::istringstream lines(text_or_nothing(other));
    ProcessIdentity process;
    std::getline(lines, process.machine);
    lines >> process.pid >> process.started;
    std::error_code ignored;
    try {
      if (other != file_ && (process.is_gone() || now - changed_at_s(other) > kForgotten_s))
        fs::remove(other, ignored);
    } catch (const DataError&) {  // it has just left
    }
  }
}

Presence::~Presence() {
  std::error_code ignored;
  fs::remove(file_, ignored);
}

double Presence::now_s() const {
  touch(file_);
  return changed_at_s(file_);
}

}  // namespace melomine::sweeps
