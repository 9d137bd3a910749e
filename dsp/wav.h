#pragma once

#include <filesystem>
#include <string>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// A 16-bit mono WAV file as bytes; samples are clipped to [-1, 1]. What was read from 16 bits comes out as
/// it was. @throws DataError for more than WAV's 4 GiB
std::string encode_wav(const AudioBuffer& audio);

/// Writes such a file. @throws DataError when it cannot be written, or for more than WAV's 4 GiB
void write_wav(const std::filesystem::path& path, const AudioBuffer& audio);

}  // namespace melomine::dsp
