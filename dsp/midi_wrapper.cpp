#include "dsp/midi_wrapper.h"

#include <algorithm>
#include <cstdint>

#include "core/byte_order.h"

namespace melomine::dsp {
namespace {

constexpr std::string_view kMidi = "MThd";
constexpr size_t kRmidHead = 12;        // "RIFF", size, "RMID"
constexpr size_t kMacBinaryHead = 128;  // a Macintosh file's name, type and lengths
constexpr size_t kMacDataLength = 83;   // big-endian, of the data fork

bool is_riff_midi(std::string_view bytes) {
  return bytes.size() >= kRmidHead && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "RMID";
}

bool is_mac_binary(std::string_view bytes) {
  return bytes.size() >= kMacBinaryHead + kMidi.size() && bytes[0] == '\0' &&
         bytes.substr(kMacBinaryHead, kMidi.size()) == kMidi;
}

/// The chunk `data`; sound banks (DLS) and texts may lie before it.
std::string_view data_chunk(std::string_view bytes) {
  size_t at = kRmidHead;
  while (bytes.size() - at >= 8) {
    const std::string_view id = bytes.substr(at, 4);
    const size_t length = little_endian(bytes.substr(at + 4, 4));
    at += 8;
    if (id == "data") return bytes.substr(at, length);
    at += std::min(bytes.size() - at, length + length % 2);
  }
  return bytes;
}

}  // namespace

bool begins_as_midi(std::string_view head) {
  return head.starts_with(kMidi) || is_riff_midi(head) || is_mac_binary(head);
}

std::string_view unwrap_midi(std::string_view bytes) {
  if (is_riff_midi(bytes)) return data_chunk(bytes);
  if (is_mac_binary(bytes)) return bytes.substr(kMacBinaryHead, big_endian(bytes.substr(kMacDataLength, 4)));
  return bytes;
}

}  // namespace melomine::dsp
