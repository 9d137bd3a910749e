#pragma once

#include <filesystem>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

/// Writes 16-bit mono FLAC through FFmpeg's libraries; samples are clipped to [-1, 1]. Equal samples give
/// equal bytes. The file appears whole or not at all. @throws DataError
void write_flac(const std::filesystem::path& path, const AudioBuffer& audio);

}  // namespace melomine::dsp
