#pragma once

#include <filesystem>
#include <string>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// Writes 16-bit mono FLAC through FFmpeg's libraries; samples are clipped to [-1, 1]. Equal samples give
/// equal bytes. The file appears whole or not at all. @throws DataError
void write_flac(const std::filesystem::path& path, const AudioBuffer& audio);

/// A mono MP3 file as bytes, with the header from which players know its length to a frame. Samples are
/// clipped to [-1, 1].
/// @param audio         sample rate of MPEG: 8, 11.025, 12, 16, 22.05, 24, 32, 44.1 or 48 kHz
/// @param bit_rate_bps  constant; MPEG's rate next to it is taken
/// @throws DataError where FFmpeg lacks the encoder libmp3lame, or for another sample rate
std::string encode_mp3(const AudioBuffer& audio, int bit_rate_bps);

}  // namespace melomine::dsp
