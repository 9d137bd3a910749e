#include "core/line_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace melomine {
namespace {

/// Against other processes; where a file system has no locks, a line is still one write at the end.
class Lock {
 public:
  explicit Lock(int fd) : fd_(fd) {
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Lock() { ::flock(fd_, LOCK_UN); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

/// Where the last whole line ends; -1 where that cannot be read.
int64_t end_of_lines(int fd, int64_t size) {
  std::array<char, 4096> piece;
  for (int64_t end = size; end > 0;) {
    const int64_t begin = std::max<int64_t>(0, end - static_cast<int64_t>(piece.size()));
    const ssize_t read = ::pread(fd, piece.data(), static_cast<size_t>(end - begin), begin);
    if (read != end - begin) return -1;
    const std::string_view text(piece.data(), static_cast<size_t>(read));
    if (const size_t last = text.rfind('\n'); last != std::string_view::npos)
      return begin + static_cast<int64_t>(last) + 1;
    end = begin;
  }
  return 0;
}

}  // namespace

LineLog::LineLog(std::filesystem::path path, Torn torn)
    : path_(std::move(path)),
      torn_(torn),
      fd_(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail("cannot be opened");
}

LineLog::~LineLog() {
  if (fd_ >= 0) ::close(fd_);
}

void LineLog::append(std::string_view line) {
  const std::lock_guard guard(mutex_);
  const Lock lock(fd_);
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail("cannot be read");
  const int64_t whole = end_of_lines(fd_, status.st_size);
  if (whole < 0) fail("cannot be read");
  if (whole == status.st_size) return write_whole(line, whole);
  if (torn_ == Torn::kEnded) return write_whole("\n" + std::string(line), status.st_size);
  if (::ftruncate(fd_, whole) != 0) fail("cannot be cut to its last whole line");
  write_whole(line, whole);
}

void LineLog::write_whole(std::string_view line, int64_t size_before) const {
  ssize_t written = 0;
  do {
    written = ::write(fd_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return;
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0 && ::ftruncate(fd_, size_before) != 0) {  // torn, until the next is added
  }
  errno = error;
  fail("cannot be written");
}

void LineLog::sync() {
  const std::lock_guard guard(mutex_);
  if (::fsync(fd_) != 0) fail("cannot be written");
}

void LineLog::fail(const char* what) const {
  throw DataError(path_.string(), "", fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace melomine
