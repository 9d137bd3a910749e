#pragma once

#include <filesystem>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// Writes a 16-bit mono WAV file; samples are clipped to [-1, 1]. What was read from 16 bits comes out as it
/// was. @throws DataError when it cannot be written, or for more than WAV's 4 GiB
void write_wav(const std::filesystem::path& path, const AudioBuffer& audio);

}  // namespace melomine::dsp
