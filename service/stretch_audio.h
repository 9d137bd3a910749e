#pragma once

#include <filesystem>
#include <string>

namespace melomine::service {

/// Longest stretch of a song that is played or drawn, s.
inline constexpr double kLongestStretch_s = 120;

/// A stretch of a recording as a WAV file to be heard: mono, 24 kHz. What of it lies outside of the recording
/// is left out. @param end_s  at most kLongestStretch_s behind `start_s`
/// @throws DataError as the decoder, or where nothing is left
std::string stretch_as_wav(const std::filesystem::path& path, double start_s, double end_s);

}  // namespace melomine::service
