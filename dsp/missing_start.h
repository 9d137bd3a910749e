#pragma once

#include <filesystem>

#include "dsp/audio_file.h"

namespace melomine::dsp {

/// What a file lacks in front of its first frame, s, by what a first time stamp means in its container; 0
/// where that may be anything, and where other streams lie beside the audio, which may begin later.
/// - FLAC: frames are numbered from the first sample of the recording on.
/// - Matroska that declares its length: time counts from the file's start. A live stream declares none.
/// - Ogg: the pages' numbers tell whether some lie between the headers and the audio. A stream that was
///   joined in the middle looks the same, but begins later than a gap may be long.
/// - MP4 in fragments: the first fragment's own time, with the same limit; elsewhere an edit list delays.
/// MPEG-TS and PS, ASF, FLV and NUT begin at any time.
/// @param first_s  the first frame's time stamp
/// @param limit_s  the longest stretch that is told from a stream joined in the middle
double missing_at_start_s(const AudioFile& file, const std::filesystem::path& path, double first_s,
                          double limit_s);

}  // namespace melomine::dsp
