#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace melomine {
namespace {

void sync_path(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) throw DataError(path.string(), "", std::string("cannot open to sync: ") + std::strerror(errno));
  const int status = ::fsync(fd);
  const int sync_errno = errno;
  ::close(fd);
  if (status != 0)
    throw DataError(path.string(), "", std::string("cannot sync: ") + std::strerror(sync_errno));
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path final_path, std::string_view writer)
    : final_path_(std::move(final_path)) {
  if (final_path_.has_parent_path()) make_folder(final_path_.parent_path());
  if (std::filesystem::is_directory(final_path_))
    throw DataError(final_path_.string(), "", "is a folder; a file is to be written there");
  temporary_ = final_path_;
  if (!writer.empty()) temporary_ += "." + std::string(writer);
  temporary_ += ".tmp";
}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync_path(temporary_, O_RDONLY);
  if (std::rename(temporary_.c_str(), final_path_.c_str()) != 0)
    throw DataError(final_path_.string(), "",
                    std::string("cannot rename into place: ") + std::strerror(errno));
  committed_ = true;
  const auto folder = final_path_.has_parent_path() ? final_path_.parent_path() : std::filesystem::path(".");
  sync_path(folder, O_RDONLY | O_DIRECTORY);
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw DataError(folder.string(), "", "cannot make the folder: " + error.message());
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           std::string_view writer) {
  AtomicFile file(path, writer);
  {
    std::ofstream out(file.temporary(), std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.flush();
    if (!out) throw DataError(path.string(), "", std::string("cannot write: ") + std::strerror(errno));
  }
  file.commit();
}

std::string read_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw DataError(path.string(), "", "is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError(path.string(), "", std::string("cannot open: ") + std::strerror(errno));
  std::string content;
  constexpr size_t kPiece_bytes = 1 << 16;
  while (in) {  // by `read`, which tells a disk that fails from the end of the file
    const size_t before = content.size();
    content.resize(before + kPiece_bytes);
    in.read(content.data() + before, kPiece_bytes);
    content.resize(before + static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) throw DataError(path.string(), "", "cannot read");
  return content;
}

}  // namespace melomine
