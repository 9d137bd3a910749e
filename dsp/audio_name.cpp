#include "dsp/audio_name.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/text.h"

namespace melomine::dsp {
namespace {

constexpr std::array<std::string_view, 32> kAudioExtensions = {
    ".3gp", ".aac",  ".ac3",  ".aif", ".aifc", ".aiff", ".amr", ".ape",  ".au",  ".caf", ".flac",
    ".m4a", ".m4b",  ".mka",  ".mkv", ".mov",  ".mp2",  ".mp3", ".mp4",  ".mpc", ".oga", ".ogg",
    ".ogv", ".opus", ".rf64", ".snd", ".tta",  ".w64",  ".wav", ".webm", ".wma", ".wv"};
constexpr std::array<std::string_view, 4> kMidiExtensions = {".mid", ".midi", ".kar", ".rmi"};

template <class Extensions>
bool ends_with_one_of(const std::filesystem::path& path, const Extensions& extensions) {
  const std::string extension = lower_case(path.extension().string());
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

}  // namespace

bool has_audio_name(const std::filesystem::path& path) {
  return ends_with_one_of(path, kAudioExtensions);
}

bool has_midi_name(const std::filesystem::path& path) {
  return ends_with_one_of(path, kMidiExtensions);
}

std::string name_of_audio(const std::filesystem::path& path) {
  return (has_audio_name(path) || has_midi_name(path) ? path.stem() : path.filename()).string();
}

}  // namespace melomine::dsp
