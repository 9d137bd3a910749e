#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/byte_order.h"

namespace melomine::dsp {

/// Bytes of a file by their offset.
class ByteReader {
 public:
  explicit ByteReader(const std::filesystem::path& path) : in_(path, std::ios::binary) {}

  /// Up to `count` bytes from `offset` on; fewer at the end of the file.
  std::string at(uint64_t offset, size_t count) {
    std::string bytes(count, '\0');
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(offset));
    in_.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<size_t>(std::max<std::streamsize>(0, in_.gcount())));
    return bytes;
  }
  uint64_t number(uint64_t offset, size_t count, std::endian order) {
    const std::string bytes = at(offset, count);
    return order == std::endian::little ? little_endian(bytes) : big_endian(bytes);
  }

 private:
  std::ifstream in_;
};

}  // namespace melomine::dsp
