#include "dsp/missing_start.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dsp/byte_reader.h"
#include "dsp/ogg_pages.h"

namespace melomine::dsp {
namespace {

/// Above an encoder's delay and the rounding of time stamps.
constexpr double kLeast_s = 0.1;
constexpr uint64_t kBoxHeadBytes = 8;

/// A box of MP4: where its content lies.
struct Mp4Box {
  uint64_t begin = 0, end = 0;
};

/// The first box of a kind among those that lie end to end in a range.
std::optional<Mp4Box> find_box(ByteReader& in, Mp4Box range, std::string_view kind) {
  for (uint64_t at = range.begin; at + kBoxHeadBytes <= range.end;) {
    const uint64_t size = in.number(at, 4, std::endian::big);
    const uint64_t head = size == 1 ? 2 * kBoxHeadBytes : kBoxHeadBytes;  // 1: a long size follows
    const uint64_t bytes = size == 1   ? in.number(at + kBoxHeadBytes, 8, std::endian::big)
                           : size == 0 ? range.end - at
                                       : size;
    if (bytes < head || bytes > range.end - at) return std::nullopt;
    if (in.at(at + 4, 4) == kind) return Mp4Box{at + head, at + bytes};
    at += bytes;
  }
  return std::nullopt;
}

/// Whether the file comes in fragments of which the first does not begin at zero.
bool first_fragment_is_late(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t file_bytes = std::filesystem::file_size(path, error);
  if (error) return false;
  ByteReader in(path);
  std::optional<Mp4Box> box = Mp4Box{0, file_bytes};
  for (const std::string_view kind : {"moof", "traf", "tfdt"}) {
    box = find_box(in, *box, kind);
    if (!box) return false;
  }
  const bool is_long = in.number(box->begin, 1, std::endian::big) == 1;  // the box's version
  return in.number(box->begin + 4, is_long ? 8 : 4, std::endian::big) > 0;
}

}  // namespace

double missing_at_start_s(const AudioFile& file, const std::filesystem::path& path, double first_s,
                          double limit_s) {
  if (file.input->nb_streams != 1) return 0;
  const std::string_view format = file.input->iformat->name;
  if (format == "flac") return declared_duration_s(file, 0) ? first_s : 0;
  if (first_s <= kLeast_s) return 0;
  if (format == "matroska,webm") return declared_duration_s(file, 0) ? first_s : 0;
  if (first_s > limit_s) return 0;
  if (is_single_ogg(file)) return ogg_lacks_first_pages(path) ? first_s : 0;
  if (format.starts_with("mov,mp4")) return first_fragment_is_late(path) ? first_s : 0;
  return 0;
}

}  // namespace melomine::dsp
