#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

struct DecodeOptions {
  int sample_rate_hz = 16000;
  double max_duration_s = 0;  ///< longer files are an error; 0 = no limit
};

/// Decodes any audio file FFmpeg's libraries know, recognised by its content, to mono 16-bit samples
/// (channels averaged), piece by piece so that memory does not grow with the file.
/// @param sink  gets consecutive pieces of samples
/// @returns number of samples delivered
/// @throws DataError with the reason (no audio stream, unknown format, damaged, …)
int64_t decode_audio(const std::filesystem::path& path, const DecodeOptions& options,
                     const std::function<void(std::span<const int16_t>)>& sink);

/// The whole file at once, samples / 32768.
AudioBuffer load_audio(const std::filesystem::path& path, const DecodeOptions& options = {});

}  // namespace melomine::dsp
