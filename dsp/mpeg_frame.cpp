#include "dsp/mpeg_frame.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/byte_order.h"
#include "dsp/byte_reader.h"

namespace melomine::dsp {
namespace {

constexpr size_t kMpegHeadBytes = 4, kAdtsHeadBytes = 7, kFlacHeadBytes = 4;
constexpr int kLayer3 = 1;                     // as the header codes it
constexpr uint64_t kLongestFrameBytes = 4096;  // that holds a Xing header
constexpr uint32_t kXingHasFrames = 1;

/// The header of a frame of MPEG audio.
struct MpegHeader {
  bool valid = false;
  bool mpeg1 = false, mono = false;
  int layer_code = 0;
  int sample_rate_hz = 0;
};

MpegHeader mpeg_header(std::span<const uint8_t> bytes) {
  constexpr std::array<int, 3> kRates_hz = {44100, 48000, 32000};
  MpegHeader header;
  if (bytes.size() < kMpegHeadBytes || bytes[0] != 0xff || (bytes[1] & 0xe0) != 0xe0) return header;
  const int version = bytes[1] >> 3 & 3, bitrate = bytes[2] >> 4, rate = bytes[2] >> 2 & 3;
  header.layer_code = bytes[1] >> 1 & 3;
  if (version == 1 || header.layer_code == 0 || bitrate == 15 || rate == 3) return header;
  header.valid = true;
  header.mpeg1 = version == 3;
  header.mono = bytes[3] >> 6 == 3;
  // MPEG-2 halves the rates, MPEG-2.5 (version 0) does so twice.
  header.sample_rate_hz = kRates_hz[static_cast<size_t>(rate)] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  return header;
}

bool is_adts_header(std::span<const uint8_t> bytes) {
  if (bytes.size() < kAdtsHeadBytes || bytes[0] != 0xff || (bytes[1] & 0xf6) != 0xf0) return false;
  const size_t frame_bytes = (bytes[3] & 3u) << 11 | bytes[4] << 3 | bytes[5] >> 5;
  return (bytes[2] >> 2 & 15) < 13 && frame_bytes >= kAdtsHeadBytes;
}

bool is_flac_header(std::span<const uint8_t> bytes) {
  if (bytes.size() < kFlacHeadBytes || bytes[0] != 0xff || (bytes[1] & 0xfe) != 0xf8) return false;
  const int block_size = bytes[2] >> 4, rate = bytes[2] & 15, channels = bytes[3] >> 4,
            reserved = bytes[3] & 1;
  return block_size != 0 && rate != 15 && channels <= 10 && reserved == 0;
}

/// Where the Xing header lies in a frame: behind the side information.
size_t xing_offset(const MpegHeader& header) {
  const size_t side_information = header.mpeg1 ? (header.mono ? 17 : 32) : (header.mono ? 9 : 17);
  return kMpegHeadBytes + side_information;
}

}  // namespace

bool begins_as_frame(std::span<const uint8_t> bytes, AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MP1:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
      return mpeg_header(bytes).valid;
    case AV_CODEC_ID_AAC:
      return is_adts_header(bytes);
    case AV_CODEC_ID_FLAC:
      return is_flac_header(bytes);
    default:
      return false;
  }
}

std::optional<double> xing_duration_s(const std::filesystem::path& path, uint64_t audio_offset) {
  const uint64_t from = audio_offset - std::min(audio_offset, kLongestFrameBytes);
  const std::string bytes = ByteReader(path).at(from, static_cast<size_t>(audio_offset - from));
  for (const std::string_view mark : {"Xing", "Info"}) {
    const size_t at = bytes.rfind(mark);
    if (at == std::string::npos || at + 12 > bytes.size()) continue;
    const std::string_view behind = std::string_view(bytes).substr(at + mark.size());
    if ((big_endian(behind.substr(0, 4)) & kXingHasFrames) == 0) continue;
    const auto frames = static_cast<double>(big_endian(behind.substr(4, 4)));
    for (const size_t offset : {13u, 21u, 36u}) {
      if (at < offset) continue;
      const MpegHeader header =
          mpeg_header({reinterpret_cast<const uint8_t*>(bytes.data()) + at - offset, kMpegHeadBytes});
      if (!header.valid || header.layer_code != kLayer3 || xing_offset(header) != offset) continue;
      return frames * (header.mpeg1 ? 1152 : 576) / header.sample_rate_hz;
    }
  }
  return std::nullopt;
}

}  // namespace melomine::dsp
