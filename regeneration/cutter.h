#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regeneration/wanted.h"

namespace melomine::regeneration {

struct CutOptions {
  int sample_rate_hz = 16000;
  double tolerance_s = 0.5;  ///< by which a recording may end before a fragment does
};

/// What became of a recording.
struct CutSource {
  double duration_s = 0;
  std::string reason;              ///< why none of its fragments could be cut; "" where some could
  std::vector<size_t> short_rows;  ///< rows that end behind the recording
};

/// Decodes a recording once, mono, and writes its fragments as FLAC files, each whole or not at all: samples
/// round(start · rate) to round(end · rate), which depend on the recording alone. Memory holds the
/// recording's fragments, not the recording.
/// @param audio  the recording, any format FFmpeg decodes; of an archived hum it is the fragment
/// @param folder below it fragment_path says where each fragment goes
/// @returns its duration and what is missing; a recording that cannot be decoded is no error
/// @throws DataError where a fragment cannot be written, or the recording's file not be read
CutSource cut_fragments(const WantedFragments& wanted, const WantedSource& source,
                        const std::filesystem::path& audio, const std::filesystem::path& folder,
                        const CutOptions& options);

}  // namespace melomine::regeneration
