#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/run_command.h"

namespace melomine::testing {

/// Runs the command `ffmpeg`, which decodes and encodes beside the code under test.
inline void ffmpeg(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"ffmpeg", "-v", "error", "-nostdin", "-y"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const CommandResult result = run_command(words);
  if (result.status != 0) throw std::runtime_error("ffmpeg: " + result.output);
}

/// What `ffmpeg` decodes a file to, mono at 16 kHz.
inline std::vector<int16_t> ffmpeg_samples(const std::filesystem::path& path) {
  const std::string raw = path.string() + ".s16le";
  run_command({"ffmpeg", "-v", "error", "-nostdin", "-y", "-i", path.string(), "-f", "s16le", "-ac", "1",
               "-ar", "16000", raw});
  std::ifstream in(raw, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<int16_t> samples(bytes.size() / sizeof(int16_t));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(int16_t));
  return samples;
}

}  // namespace melomine::testing
