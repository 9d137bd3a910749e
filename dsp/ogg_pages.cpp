#include "dsp/ogg_pages.h"

#include <cstdint>
#include <optional>
#include <string>

#include "dsp/byte_reader.h"

namespace melomine::dsp {
namespace {

constexpr size_t kPageHeadBytes = 27;
constexpr size_t kLongestPageBytes = kPageHeadBytes + 255 + 255 * 255;
constexpr unsigned kEndOfStream = 4;
constexpr const char* kMark = "OggS";

struct OggPage {
  uint64_t end = 0;  ///< offset in the file
  uint64_t number = 0;
  int64_t granule = 0;  ///< -1 = no packet ends in it
  bool is_last = false;
};

std::optional<OggPage> page_at(ByteReader& in, uint64_t offset) {
  const std::string head = in.at(offset, kPageHeadBytes + 255);
  if (head.size() < kPageHeadBytes || !head.starts_with(kMark) || head[4] != 0) return std::nullopt;
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(head[at]); };
  OggPage page;
  page.is_last = (byte(5) & kEndOfStream) != 0;
  page.granule = static_cast<int64_t>(little_endian(head.substr(6, 8)));
  page.number = little_endian(head.substr(18, 4));
  const size_t segments = byte(26);
  if (head.size() < kPageHeadBytes + segments) return std::nullopt;
  page.end = offset + kPageHeadBytes + segments;
  for (size_t s = 0; s < segments; ++s) page.end += byte(kPageHeadBytes + s);
  return page;
}

/// The next page from `offset` on, past what is left of a damaged one.
std::optional<OggPage> find_page(ByteReader& in, uint64_t offset) {
  if (const auto page = page_at(in, offset)) return page;
  const size_t at = in.at(offset, 2 * kLongestPageBytes).find(kMark);
  return at == std::string::npos ? std::nullopt : page_at(in, offset + at);
}

}  // namespace

bool ogg_lacks_first_pages(const std::filesystem::path& path) {
  ByteReader in(path);
  uint64_t offset = 0;
  for (uint64_t number = 0;; ++number) {
    const auto page = find_page(in, offset);
    if (!page) return false;
    // Pages of headers end at granule 0.
    if (page->number != number) return true;
    if (page->granule > 0) return false;
    offset = page->end;
  }
}

bool ogg_lacks_last_page(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t file_bytes = std::filesystem::file_size(path, error);
  if (error) return false;
  ByteReader in(path);
  for (uint64_t end = file_bytes; end > 0;) {
    const uint64_t begin = end - std::min<uint64_t>(end, kLongestPageBytes);
    const std::string bytes = in.at(begin, static_cast<size_t>(end - begin) + kPageHeadBytes);
    for (size_t at = bytes.rfind(kMark); at != std::string::npos; at = bytes.rfind(kMark, at - 1)) {
      if (const auto page = page_at(in, begin + at)) return !page->is_last || page->end > file_bytes;
      if (at == 0) break;
    }
    end = begin;
  }
  return true;
}

}  // namespace melomine::dsp
