#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "dsp/decode.h"

/// For the tests of what files from the field have: an intact recording, what can be done to it, and what
/// decoding makes of it.
namespace melomine::dsp {

struct Decoded {
  std::vector<int16_t> samples;
  DecodeRepairs repairs;
};

inline Decoded decode(const std::filesystem::path& path) {
  Decoded decoded;
  const DecodeResult result = decode_audio(path, {}, [&] {
    decoded.samples.clear();
    return [&](std::span<const int16_t> piece) {
      decoded.samples.insert(decoded.samples.end(), piece.begin(), piece.end());
    };
  });
  EXPECT_EQ(result.samples, static_cast<int64_t>(decoded.samples.size()));
  decoded.repairs = result.repairs;
  return decoded;
}

inline std::string refusal(const std::filesystem::path& path) {
  try {
    decode(path);
    return "";
  } catch (const DataError& e) {
    return e.what();
  }
}

/// A tone that glides from 100 Hz upwards, so that no stretch of it resembles another.
inline std::vector<int16_t> glide(double duration_s) {
  std::vector<int16_t> samples;
  for (int i = 0; i < static_cast<int>(duration_s * 16000); ++i) {
    const double t = i / 16000.0;
    samples.push_back(
        static_cast<int16_t>(std::lround(12000 * std::sin(2 * std::numbers::pi * (100 * t + 40 * t * t)))));
  }
  return samples;
}

inline AudioBuffer glide_audio(double duration_s) {
  AudioBuffer audio;
  for (const int16_t s : glide(duration_s)) audio.samples.push_back(static_cast<float>(s) / 32768.0f);
  return audio;
}

/// The lag in [-100, 100] samples at which `b` resembles `a` most between two times, and how much.
struct Alignment {
  int lag = 0;
  double correlation = -1;
};
inline Alignment align(const std::vector<int16_t>& a, const std::vector<int16_t>& b, double from_s,
                       double to_s) {
  Alignment best;
  for (int lag = -100; lag <= 100; ++lag) {
    double ab = 0, aa = 0, bb = 0;
    for (int i = static_cast<int>(from_s * 16000); i < static_cast<int>(to_s * 16000); ++i) {
      const double x = a.at(static_cast<size_t>(i)), y = b.at(static_cast<size_t>(i + lag));
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    const double correlation = ab / std::sqrt(aa * bb + 1e-9);
    if (correlation > best.correlation) best = {lag, correlation};
  }
  return best;
}

inline double power(const std::vector<int16_t>& samples, double from_s, double to_s) {
  double sum = 0;
  const auto first = static_cast<size_t>(from_s * 16000), last = static_cast<size_t>(to_s * 16000);
  for (size_t i = first; i < last; ++i) sum += static_cast<double>(samples.at(i)) * samples.at(i);
  return sum / static_cast<double>(last - first);
}

/// Offsets at which `mark` occurs.
inline std::vector<size_t> places(const std::string& bytes, const std::string& mark) {
  std::vector<size_t> all;
  for (size_t at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + 1))
    all.push_back(at);
  return all;
}

inline std::string little_endian(size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// An ID3v2 tag with a picture of random bytes, among which false frame headers occur.
inline std::string id3v2_tag(size_t bytes) {
  RandomStream random({bytes, stream_id("picture")});
  std::string tag = "ID3" + std::string("\3\0\0", 3);
  for (const int shift : {21, 14, 7, 0}) tag += static_cast<char>(bytes >> shift & 0x7f);
  for (size_t i = 0; i < bytes; ++i) tag += static_cast<char>(i % 50 == 0 ? 0xff : random.integer(256));
  return tag;
}

}  // namespace melomine::dsp
