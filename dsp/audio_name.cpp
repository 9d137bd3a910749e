#include "dsp/audio_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace melomine::dsp {
namespace {

constexpr std::array<std::string_view, 36> kExtensions = {
    ".3gp", ".aac", ".ac3",  ".aif",  ".aifc", ".aiff", ".amr", ".ape", ".au",  ".caf",  ".flac", ".kar",
    ".m4a", ".m4b", ".mid",  ".midi", ".mka",  ".mkv",  ".mov", ".mp2", ".mp3", ".mp4",  ".mpc",  ".oga",
    ".ogg", ".ogv", ".opus", ".rf64", ".rmi",  ".snd",  ".tta", ".w64", ".wav", ".webm", ".wma",  ".wv"};

}  // namespace

std::string name_of_audio(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool known = std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
  return (known ? path.stem() : path.filename()).string();
}

}  // namespace melomine::dsp
