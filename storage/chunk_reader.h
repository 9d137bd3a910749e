#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "storage/hdf5.h"

namespace melomine::storage::hdf5 {

/// A one-dimensional array of int16 with a Fletcher-32 on each chunk, for many threads that read at once. The
/// first time HDF5, for whose lock they wait, reads a chunk whole, it is checked, and where in the file it
/// lies is found out; from then on only what is asked for is read of it, past HDF5. A chunk that is stored
/// otherwise, or whose checksum does not hold, is HDF5's to read, and to refuse.
class ChunkReader {
 public:
  /// @throws DataError where the file is too small for what the array claims
  ChunkReader(File file, Dataset dataset);

  hsize_t size() const { return dataset_.size(); }
  const File& file() const { return file_; }
  /// Values [start, start + out.size()); safe to call from several threads.
  /// @throws DataError as Dataset::read
  void read(hsize_t start, std::span<int16_t> out) const;

 private:
  /// Values [begin, begin + out.size()) of a chunk. @returns false where HDF5 has to read them
  bool read_from_chunk(hsize_t chunk, hsize_t begin, std::span<int16_t> out) const;
  bool read_first(hsize_t chunk, std::span<uint16_t> words) const;
  int64_t find_place(hsize_t chunk, std::span<const uint16_t> words) const;
  bool lies_at(int64_t place, std::span<const uint16_t> words) const;

  File file_;
  Dataset dataset_;
  int descriptor_ = -1;                               ///< HDF5's own of the file; none: all is read by HDF5
  hsize_t chunk_values_ = 0;                          ///< 0: all is read by HDF5
  mutable std::vector<std::atomic<int64_t>> places_;  ///< by chunk: where it begins in the file
  mutable std::mutex mutex_;                          ///< of what follows
  mutable std::map<hsize_t, int64_t> offsets_;  ///< of some chunks: from where they were without gaps between
};

/// The checksum of HDF5's filter: Fletcher's, of words of 16 bits, most significant byte first.
/// @param words  as they lie in memory, at most 2^20 of them
uint32_t fletcher32(std::span<const uint16_t> words);

}  // namespace melomine::storage::hdf5
