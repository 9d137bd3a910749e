#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "dsp/ffmpeg_handles.h"

namespace melomine::dsp {

/// Whether bytes of a bare stream begin with a header that a frame of its codec may have (MPEG audio, AAC in
/// ADTS, FLAC): the sync word alone also begins padding of ones.
bool begins_as_frame(std::span<const uint8_t> bytes, AVCodecID codec);

/// How long an MP3 file is by its Xing or Info frame, s. FFmpeg passes over it where the file's size does not
/// agree, as of recordings put end to end.
/// @param audio_offset  where the first frame behind it lies in the file
/// @returns nothing without such a frame
std::optional<double> xing_duration_s(const std::filesystem::path& path, uint64_t audio_offset);

}  // namespace melomine::dsp
