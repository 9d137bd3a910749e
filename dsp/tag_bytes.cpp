#include "dsp/tag_bytes.h"

#include <string_view>

#include "core/byte_order.h"

namespace melomine::dsp {
namespace {

constexpr size_t kId3v1Bytes = 128, kId3v1ExtendedBytes = 227;
constexpr size_t kId3v2HeadBytes = 10, kApeHeadBytes = 32;
constexpr uint8_t kId3v2HasFooter = 0x10;
constexpr uint32_t kApeIsHeader = 1u << 29;

size_t id3v2_bytes(std::string_view bytes) {
  size_t size = 0;
  for (size_t i = 6; i < kId3v2HeadBytes; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (byte >= 0x80) return 0;  // sizes have seven bits a byte
    size = size << 7 | byte;
  }
  const bool footer = (static_cast<uint8_t>(bytes[5]) & kId3v2HasFooter) != 0;
  return kId3v2HeadBytes + size + (footer ? kId3v2HeadBytes : 0);
}

size_t ape_bytes(std::string_view bytes) {
  // The size leaves out the header; a footer that stands alone has its items in front of it.
  const auto number = [&](size_t at) { return little_endian(bytes.substr(at, 4)); };
  return kApeHeadBytes + ((number(20) & kApeIsHeader) != 0 ? number(12) : 0);
}

/// Lyrics3 tells its length at its end only.
size_t lyrics_bytes(std::string_view bytes) {
  for (const std::string_view end : {"LYRICS200", "LYRICSEND"}) {
    const size_t at = bytes.find(end);
    if (at != std::string_view::npos) return at + end.size();
  }
  return bytes.size();
}

}  // namespace

size_t tag_bytes(std::span<const uint8_t> span) {
  const std::string_view bytes(reinterpret_cast<const char*>(span.data()), span.size());
  if (bytes.starts_with("ID3") && bytes.size() >= kId3v2HeadBytes) return id3v2_bytes(bytes);
  if (bytes.starts_with("APETAGEX") && bytes.size() >= kApeHeadBytes) return ape_bytes(bytes);
  if (bytes.starts_with("LYRICSBEGIN")) return lyrics_bytes(bytes);
  if (bytes.starts_with("OpusHead") || bytes.starts_with("OpusTags")) return bytes.size();
  if (bytes.starts_with("TAG+")) return kId3v1ExtendedBytes;
  if (bytes.starts_with("TAG")) return kId3v1Bytes;
  return 0;
}

}  // namespace melomine::dsp
