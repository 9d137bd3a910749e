#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace melomine::dsp {

/// The chunk of samples of a WAV (RIFF, RF64, BW64), W64, AIFF, CAF or AU file: what the header says of it
/// and what there is. The length of the outer chunk says nothing: many writers get it wrong.
struct DataChunk {
  uint64_t declared_bytes = 0;
  uint64_t present_bytes = 0;  ///< from the first sample to the end of the file, whatever lies there
  /// Not of AU: bytes behind the declared end, where neither a chunk, nor a tag, nor zeros begin there:
  /// samples of which the header knows nothing.
  uint64_t undeclared_bytes = 0;
};

/// @param data_offset  where the first sample lies in the file
/// @returns nothing for other files, and where the header leaves the length open, as writers to a pipe must
std::optional<DataChunk> read_data_chunk(const std::filesystem::path& path, uint64_t data_offset);

/// Of a file that FFmpeg does not open: what its sizes have wrong, in words; "" where nothing is seen.
std::string size_fault(const std::filesystem::path& path);

}  // namespace melomine::dsp
