#include "dsp/wav.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"

namespace melomine::dsp {
namespace {

constexpr uint64_t kHeaderBytes = 44;
constexpr uint32_t kSampleBytes = 2, kPcm = 1, kMono = 1;

void put(std::string& bytes, uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
}

/// "RIFF", the format, and the head of the samples.
std::string wav_header(uint32_t data_bytes, uint32_t sample_rate_hz) {
  std::string header = "RIFF";
  put(header, static_cast<uint32_t>(kHeaderBytes) - 8 + data_bytes, 4);
  header += "WAVEfmt ";
  put(header, 16, 4);
  put(header, kPcm, 2);
  put(header, kMono, 2);
  put(header, sample_rate_hz, 4);
  put(header, sample_rate_hz * kSampleBytes, 4);
  put(header, kSampleBytes, 2);
  put(header, 8 * kSampleBytes, 2);
  header += "data";
  put(header, data_bytes, 4);
  return header;
}

}  // namespace

std::string encode_wav(const AudioBuffer& audio) {
  const uint64_t data_bytes = audio.samples.size() * kSampleBytes;
  if (data_bytes > std::numeric_limits<uint32_t>::max() - kHeaderBytes)
    throw DataError("audio too long for a WAV file");
  std::string bytes =
      wav_header(static_cast<uint32_t>(data_bytes), static_cast<uint32_t>(audio.sample_rate_hz));
  bytes.reserve(bytes.size() + data_bytes);
  for (const float x : audio.samples) {
    const float scaled = std::clamp(std::round(x * 32768.0f), -32768.0f, 32767.0f);
    put(bytes, static_cast<uint16_t>(static_cast<int16_t>(scaled)), static_cast<int>(kSampleBytes));
  }
  return bytes;
}

void write_wav(const std::filesystem::path& path, const AudioBuffer& audio) {
  std::string bytes;
  try {
    bytes = encode_wav(audio);
  } catch (const DataError& error) {
    throw DataError(path.string(), "", error.what());
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw DataError(path.string(), "", std::string("cannot write: ") + std::strerror(errno));
}

}  // namespace melomine::dsp
