#include "dsp/data_chunk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_order.h"
#include "dsp/tag_bytes.h"

namespace melomine::dsp {
namespace {

// What writers to a pipe leave in the header, not knowing the length: 0, all ones, or about 2^31 (SoX).
constexpr uint64_t kUnknown = 0x7fff0000, kUnknownOf64Bits = 0x7fff000000000000;
constexpr uint64_t kStandsIn64Bits = 0xffffffff;  // RF64: in the chunk ds64, the first one
constexpr uint64_t kDs64Offset = 12, kDs64DataSize = kDs64Offset + 16;
constexpr uint64_t kRiffHead = 8;  // identifier and size
constexpr uint64_t kW64Head = 24;  // identifier of 16 bytes and size, which counts the head
constexpr uint64_t kCafHead = 16;  // identifier, size, and four bytes that the size counts
constexpr uint64_t kAuSize = 8;    // offset of the size in the file
/// Chunks that are often cut short behind the samples.
constexpr std::array<std::string_view, 3> kTextChunks = {"LIST", "id3 ", "ID3 "};

class ChunkReader {
 public:
  explicit ChunkReader(const std::filesystem::path& path) : in_(path, std::ios::binary) {}

  /// Up to `count` bytes from `offset` on.
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
  bool only_zeros_from(uint64_t offset) {
    constexpr size_t kBlock = 1 << 16;
    for (std::string block = at(offset, kBlock); !block.empty(); block = at(offset, kBlock)) {
      if (block.find_first_not_of('\0') != std::string::npos) return false;
      offset += block.size();
    }
    return true;
  }

 private:
  std::ifstream in_;
};

bool is_riff(std::string_view form) {
  return form == "RIFF" || form == "RF64" || form == "BW64";
}

/// What the header declares for the samples that begin at `offset`; 0 = left open or not understood
uint64_t declared_bytes(ChunkReader& in, uint64_t offset) {
  using std::endian;
  const std::string form = in.at(0, 4);
  const auto is_data = [&](uint64_t head) { return offset >= head && in.at(offset - head, 4) == "data"; };
  if (is_riff(form) && is_data(kRiffHead)) {
    const uint64_t size = in.number(offset - 4, 4, endian::little);
    if (form != "RIFF" && size == kStandsIn64Bits)
      return in.at(kDs64Offset, 4) == "ds64" ? in.number(kDs64DataSize, 8, endian::little) : 0;
    return form != "RIFF" || size < kUnknown ? size : 0;
  }
  if (form == "riff" && is_data(kW64Head)) {
    const uint64_t size = in.number(offset - 8, 8, endian::little);
    return size > kW64Head && size < kUnknownOf64Bits ? size - kW64Head : 0;
  }
  if (form == "caff" && is_data(kCafHead)) {
    const uint64_t size = in.number(offset - 12, 8, endian::big);
    return size > 4 && size < kUnknownOf64Bits ? size - 4 : 0;
  }
  if (form == ".snd") {
    const uint64_t size = in.number(kAuSize, 4, endian::big);
    return size < kUnknown ? size : 0;
  }
  return 0;
}

/// Whether at `offset` something begins that is no audio.
bool begins_otherwise(ChunkReader& in, uint64_t offset, uint64_t file_bytes) {
  const std::string head = in.at(offset, 64);
  if (head.size() < kRiffHead) return true;
  const std::vector<uint8_t> bytes(head.begin(), head.end());
  if (tag_bytes(bytes) > 0) return true;
  const std::string id = head.substr(0, 4);
  if (std::find(kTextChunks.begin(), kTextChunks.end(), id) != kTextChunks.end()) return true;
  const bool printable =
      std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isprint(c) != 0; });
  return printable && in.number(offset + 4, 4, std::endian::little) <= file_bytes - offset - kRiffHead;
}

}  // namespace

std::optional<DataChunk> read_data_chunk(const std::filesystem::path& path, uint64_t data_offset) {
  std::error_code error;
  const uint64_t file_bytes = std::filesystem::file_size(path, error);
  if (error || data_offset > file_bytes) return std::nullopt;
  ChunkReader in(path);
  DataChunk data;
  data.declared_bytes = declared_bytes(in, data_offset);
  if (data.declared_bytes == 0) return std::nullopt;
  data.present_bytes = file_bytes - data_offset;
  if (data.present_bytes <= data.declared_bytes || !is_riff(in.at(0, 4))) return data;
  const uint64_t end = data_offset + data.declared_bytes;
  // A chunk of odd length is padded, though not by everyone.
  const bool otherwise = begins_otherwise(in, end, file_bytes) ||
                         (data.declared_bytes % 2 == 1 && begins_otherwise(in, end + 1, file_bytes)) ||
                         in.only_zeros_from(end);
  if (!otherwise) data.undeclared_bytes = file_bytes - end;
  return data;
}

}  // namespace melomine::dsp
