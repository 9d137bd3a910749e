#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

namespace melomine::testing {

/// A WAV file of samples as they are, written without the code under test.
/// @param samples  interleaved, int16_t (PCM) or float (IEEE)
template <class T>
void write_wav(const std::filesystem::path& path, const std::vector<T>& samples, int sample_rate_hz = 16000,
               int channels = 1) {
  std::string bytes;
  const auto put = [&bytes](uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  const auto data_bytes = static_cast<uint32_t>(samples.size() * sizeof(T));
  const auto rate = static_cast<uint32_t>(sample_rate_hz), count = static_cast<uint32_t>(channels);
  bytes += "RIFF";
  put(36 + data_bytes, 4);
  bytes += "WAVEfmt ";
  put(16, 4);
  put(std::is_floating_point_v<T> ? 3 : 1, 2);
  put(count, 2);
  put(rate, 4);
  put(rate * count * sizeof(T), 4);
  put(count * sizeof(T), 2);
  put(8 * sizeof(T), 2);
  bytes += "data";
  put(data_bytes, 4);
  bytes.append(reinterpret_cast<const char*>(samples.data()), data_bytes);
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A sine of `amplitude` (full scale 1) as 16-bit samples.
inline std::vector<int16_t> sine(double frequency_hz, double duration_s, double amplitude = 0.5,
                                 int sample_rate_hz = 16000) {
  std::vector<int16_t> samples(static_cast<size_t>(duration_s * sample_rate_hz));
  for (size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / sample_rate_hz;
    samples[i] = static_cast<int16_t>(std::lround(32767 * amplitude * std::sin(phase)));
  }
  return samples;
}

}  // namespace melomine::testing
