#pragma once

#include <filesystem>
#include <string>

namespace melomine::dsp {

/// What a file of audio or MIDI is called without the extension of its format, whatever its case: "a" of
/// a.flac and a.WAV. An extension of no known format belongs to the name: "take.2" stays "take.2".
std::string name_of_audio(const std::filesystem::path& path);

/// Whether a file is named as files of audio (.wav, .m4a, …) are, in any case, whatever it holds.
bool has_audio_name(const std::filesystem::path& path);

/// Whether a file is named as MIDI files are (.mid, .midi, .kar, .rmi), in any case, whatever it holds.
bool has_midi_name(const std::filesystem::path& path);

}  // namespace melomine::dsp
