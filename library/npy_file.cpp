#include "library/npy_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace melomine::library {
namespace {

/// Bytes before the values: the shape is known last, so the header has room for any.
constexpr size_t kHeaderBytes = 128;

std::string shape_text(int64_t rows, int64_t columns) {
  return columns > 0 ? fmt::format("({}, {})", rows, columns) : fmt::format("({},)", rows);
}

std::array<char, kHeaderBytes> header_of(int64_t rows, int64_t columns) {
  std::array<char, kHeaderBytes> header;
  header.fill(' ');
  const std::string start("\x93NUMPY\x01\x00", 8);
  std::memcpy(header.data(), start.data(), start.size());
  constexpr uint16_t kLength = kHeaderBytes - 10;
  header[8] = static_cast<char>(kLength & 0xff);
  header[9] = static_cast<char>(kLength >> 8);
  const std::string text =
      fmt::format("{{'descr': '<i2', 'fortran_order': False, 'shape': {}, }}", shape_text(rows, columns));
  std::memcpy(header.data() + 10, text.data(), text.size());
  header.back() = '\n';
  return header;
}

}  // namespace

NpyWriter::NpyWriter(std::filesystem::path file, int64_t columns)
    : path_(std::move(file)), columns_(columns), file_(std::fopen(path_.c_str(), "wb")) {
  if (!file_) throw DataError(path_.string(), "", fmt::format("cannot be written: {}", std::strerror(errno)));
  const auto header = header_of(0, columns_);
  write(header.data(), header.size());
}

void NpyWriter::write(const void* data, size_t bytes) {
  if (std::fwrite(data, 1, bytes, file_.get()) != bytes)
    throw DataError(path_.string(), "", fmt::format("cannot be written: {}", std::strerror(errno)));
}

void NpyWriter::append(std::span<const int16_t> values) {
  write(values.data(), values.size_bytes());
  values_ += static_cast<int64_t>(values.size());
}

void NpyWriter::finish() {
  const auto header = header_of(columns_ > 0 ? values_ / columns_ : values_, columns_);
  const bool is_written = std::fseek(file_.get(), 0, SEEK_SET) == 0 &&
                          std::fwrite(header.data(), 1, header.size(), file_.get()) == header.size() &&
                          std::fflush(file_.get()) == 0 && fsync(fileno(file_.get())) == 0;
  if (!is_written)
    throw DataError(path_.string(), "", fmt::format("cannot be written: {}", std::strerror(errno)));
  file_.reset();
}

MappedNpy::MappedNpy(const std::filesystem::path& file, int64_t columns) : width_(columns > 0 ? columns : 1) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || fstat(fd, &status) != 0) {
    const std::string reason = std::strerror(errno);
    if (fd >= 0) close(fd);
    throw DataError(file.string(), "", fmt::format("cannot be read: {}", reason));
  }
  bytes_ = static_cast<size_t>(status.st_size);
  if (bytes_ >= kHeaderBytes) map_ = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (map_ == nullptr || map_ == MAP_FAILED) {
    map_ = nullptr;
    throw DataError(file.string(), "", "is no array of melomine's: too short, or it cannot be mapped");
  }
  const size_t row_bytes = static_cast<size_t>(width_) * sizeof(int16_t);
  rows_ = static_cast<int64_t>((bytes_ - kHeaderBytes) / row_bytes);
  const auto header = header_of(rows_, columns);
  const bool is_whole = (bytes_ - kHeaderBytes) % row_bytes == 0;
  if (!is_whole || std::memcmp(header.data(), map_, kHeaderBytes) != 0) {
    munmap(map_, bytes_);
    throw DataError(
        file.string(), "",
        fmt::format("is not the array of int16 {} that its size says", shape_text(rows_, columns)));
  }
  values_ = reinterpret_cast<const int16_t*>(static_cast<const char*>(map_) + kHeaderBytes);
}

MappedNpy::MappedNpy(MappedNpy&& other) noexcept
    : map_(std::exchange(other.map_, nullptr)),
      bytes_(other.bytes_),
      rows_(other.rows_),
      width_(other.width_),
      values_(other.values_) {}

MappedNpy::~MappedNpy() {
  if (map_ != nullptr) munmap(map_, bytes_);
}

}  // namespace melomine::library
