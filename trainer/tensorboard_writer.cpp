#include "trainer/tensorboard_writer.h"

#include <array>
#include <bit>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"

namespace melomine::trainer {
namespace {

constexpr uint32_t kCastagnoliReversed = 0x82f63b78u;
constexpr uint32_t kMaskDelta = 0xa282ead8u;

std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? (value >> 1) ^ kCastagnoliReversed : value >> 1;
    table[i] = value;
  }
  return table;
}

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

// Protocol buffer fields: the key is (number << 3 | wire type).
std::string varint_field(int number, int64_t value) {
  return varint(static_cast<uint64_t>(number) << 3 | 0) + varint(static_cast<uint64_t>(value));
}
std::string double_field(int number, double value) {
  return varint(static_cast<uint64_t>(number) << 3 | 1) + little_endian(value);
}
std::string bytes_field(int number, std::string_view value) {
  return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(value.size()) + std::string(value);
}
std::string float_field(int number, float value) {
  return varint(static_cast<uint64_t>(number) << 3 | 5) + little_endian(value);
}

std::string masked_crc(std::string_view data) {
  const uint32_t crc = crc32c(data);
  return little_endian(((crc >> 15) | (crc << 17)) + kMaskDelta);
}

}  // namespace

uint32_t crc32c(std::string_view data) {
  static const std::array<uint32_t, 256> table = make_crc_table();
  uint32_t crc = ~0u;
  for (const char c : data) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  out_.open(path, std::ios::binary | std::ios::trunc);
  if (!out_) throw DataError(path.string(), "", "cannot write TensorBoard events");
  record(double_field(1, 0) + bytes_field(3, "brain.Event:2"));
}

void TensorboardWriter::scalar(std::string_view tag, int64_t step, double wall_time_s, double value) {
  const std::string summary = bytes_field(1, bytes_field(1, tag) + float_field(2, static_cast<float>(value)));
  record(double_field(1, wall_time_s) + varint_field(2, step) + bytes_field(5, summary));
}

void TensorboardWriter::record(std::string_view event) {
  const std::string length = little_endian(static_cast<uint64_t>(event.size()));
  out_ << length << masked_crc(length) << event << masked_crc(event);
}

}  // namespace melomine::trainer
