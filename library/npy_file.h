#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace melomine::library {

/// Writes int16 rows one after another into a file of NumPy's format (.npy, version 1.0), which
/// `np.load(file, mmap_mode="r")` reads. Compose with a folder that appears whole.
class NpyWriter {
 public:
  /// @param columns  values a row; 0: a one-dimensional array @throws DataError
  NpyWriter(std::filesystem::path file, int64_t columns);
  /// @throws DataError when the disk is full
  void append(std::span<const int16_t> values);
  /// Writes the shape and syncs. @throws DataError
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write(const void* data, size_t bytes);

  std::filesystem::path path_;
  int64_t columns_, values_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

/// Such a file, mapped into memory: pages are read when they are looked at, and shared by all who map it.
class MappedNpy {
 public:
  /// @throws DataError where it is none, or its size is not what its shape says
  MappedNpy(const std::filesystem::path& file, int64_t columns);
  ~MappedNpy();
  MappedNpy(MappedNpy&& other) noexcept;
  MappedNpy(const MappedNpy&) = delete;
  MappedNpy& operator=(const MappedNpy&) = delete;

  int64_t rows() const { return rows_; }
  /// The values from this row on.
  const int16_t* row(int64_t first) const { return values_ + first * width_; }

 private:
  void* map_ = nullptr;
  size_t bytes_ = 0;
  int64_t rows_ = 0, width_ = 1;
  const int16_t* values_ = nullptr;
};

}  // namespace melomine::library
