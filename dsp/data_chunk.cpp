#include "dsp/data_chunk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/byte_reader.h"
#include "dsp/tag_bytes.h"

namespace melomine::dsp {
namespace {

// What writers to a pipe leave in the header, not knowing the length: 0, all ones, or about 2^31 (SoX).
constexpr uint64_t kUnknown = 0x7fff0000, kUnknownOf64Bits = 0x7fff000000000000;
constexpr uint64_t kStandsIn64Bits = 0xffffffff;  // RF64: in the chunk ds64, the first one
constexpr uint64_t kDs64Offset = 12, kDs64DataSize = kDs64Offset + 16;
constexpr uint64_t kRiffHead = 8;  // identifier and size
constexpr uint64_t kW64Head = 24;  // identifier of 16 bytes and size, which counts the head
constexpr uint64_t kW64FirstChunk = 40, kW64Alignment = 8;
constexpr uint64_t kCafHead = 16;   // identifier, size, and four bytes that the size counts
constexpr uint64_t kAiffHead = 16;  // identifier, size, and eight bytes that the size counts
constexpr uint64_t kAuSize = 8;     // offset of the size in the file
/// Chunks that are often cut short behind the samples.
constexpr std::array<std::string_view, 3> kTextChunks = {"LIST", "id3 ", "ID3 "};

bool only_zeros_from(ByteReader& in, uint64_t offset) {
  constexpr size_t kBlock = 1 << 16;
  for (std::string block = in.at(offset, kBlock); !block.empty(); block = in.at(offset, kBlock)) {
    if (block.find_first_not_of('\0') != std::string::npos) return false;
    offset += block.size();
  }
  return true;
}

bool is_riff(std::string_view form) {
  return form == "RIFF" || form == "RF64" || form == "BW64";
}

/// What the header declares for the samples that begin at `offset`; 0 = left open or not understood
uint64_t declared_bytes(ByteReader& in, uint64_t offset) {
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
  if (form == "FORM" && offset >= kAiffHead && in.at(offset - kAiffHead, 4) == "SSND") {
    const uint64_t size = in.number(offset - 12, 4, endian::big);
    return size > 8 && size < kUnknown ? size - 8 : 0;
  }
  if (form == ".snd") {
    const uint64_t size = in.number(kAuSize, 4, endian::big);
    return size < kUnknown ? size : 0;
  }
  return 0;
}

/// How a container writes the heads of its chunks: an identifier and a size.
struct ChunkHead {
  size_t id_bytes = 4, size_bytes = 4;
  std::endian order = std::endian::little;
  bool counts_head = false;

  size_t bytes() const { return id_bytes + size_bytes; }
  /// The size of what follows the head at `offset`; more than any file's for a size that cannot be.
  uint64_t content(ByteReader& in, uint64_t offset) const {
    return in.number(offset + id_bytes, size_bytes, order) - (counts_head ? bytes() : 0);
  }
};

std::optional<ChunkHead> chunk_head(const std::string& form) {
  if (is_riff(form)) return ChunkHead{};
  if (form == "FORM") return ChunkHead{.order = std::endian::big};
  if (form == "caff") return ChunkHead{.size_bytes = 8, .order = std::endian::big};
  if (form == "riff") return ChunkHead{.id_bytes = 16, .size_bytes = 8, .counts_head = true};
  return std::nullopt;
}

/// Whether at `offset` something begins that is no audio.
bool begins_otherwise(ByteReader& in, const ChunkHead& chunk, uint64_t offset, uint64_t file_bytes) {
  const std::string head = in.at(offset, 64);
  if (head.size() < chunk.bytes()) return true;
  const std::vector<uint8_t> bytes(head.begin(), head.end());
  if (tag_bytes(bytes) > 0) return true;
  const std::string id = head.substr(0, 4);
  if (std::find(kTextChunks.begin(), kTextChunks.end(), id) != kTextChunks.end()) return true;
  const bool printable =
      std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isprint(c) != 0; });
  return printable && chunk.content(in, offset) <= file_bytes - offset - chunk.bytes();
}

}  // namespace

std::optional<DataChunk> read_data_chunk(const std::filesystem::path& path, uint64_t data_offset) {
  std::error_code error;
  const uint64_t file_bytes = std::filesystem::file_size(path, error);
  if (error || data_offset > file_bytes) return std::nullopt;
  ByteReader in(path);
  DataChunk data;
  data.declared_bytes = declared_bytes(in, data_offset);
  if (data.declared_bytes == 0) return std::nullopt;
  data.present_bytes = file_bytes - data_offset;
  const auto chunk = chunk_head(in.at(0, 4));
  if (data.present_bytes <= data.declared_bytes || !chunk) return data;
  const uint64_t end = data_offset + data.declared_bytes;
  // A chunk of odd length is padded, though not by everyone.
  const bool otherwise =
      begins_otherwise(in, *chunk, end, file_bytes) ||
      (data.declared_bytes % 2 == 1 && begins_otherwise(in, *chunk, end + 1, file_bytes)) ||
      only_zeros_from(in, end);
  if (!otherwise) data.undeclared_bytes = file_bytes - end;
  return data;
}

std::string size_fault(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t file_bytes = std::filesystem::file_size(path, error);
  if (error) return "";
  ByteReader in(path);
  const std::string form = in.at(0, 4);
  if (form == "FORM" && in.number(4, 4, std::endian::big) < 4)
    return fmt::format("its FORM chunk declares {} bytes, and {} follow", in.number(4, 4, std::endian::big),
                       file_bytes - kRiffHead);
  if (form != "riff") return "";
  const ChunkHead chunk = *chunk_head(form);
  for (uint64_t at = kW64FirstChunk; at + chunk.bytes() <= file_bytes;) {
    const uint64_t content = chunk.content(in, at), begin = at + chunk.bytes();
    if (content > file_bytes - begin) return "";  // cut, or left open
    at = (begin + content + kW64Alignment - 1) / kW64Alignment * kW64Alignment;
    if (in.at(begin - chunk.bytes(), 4) == "data" && at + chunk.bytes() <= file_bytes &&
        !begins_otherwise(in, chunk, at, file_bytes))
      return fmt::format("its data chunk declares {} bytes, but behind them {} follow that are no chunk",
                         content, file_bytes - at);
  }
  return "";
}

}  // namespace melomine::dsp
