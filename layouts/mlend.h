#pragma once

#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// MLEnd Hums and Whistles: eight tunes by many people.
///
///     MLEndHWD_audio_attributes.csv    or _benchmark, _available: filename, Interpreter, Song,
///     Interpretation MLEndHWD_audiofiles/NNNN.wav     or MLEndHWD_{Song}_Audio_Files/: anywhere below the
///     folder
///
/// The group is the song.
/// @param interpretation  "Hum" or "Whistle" alone, whatever the case of its letters; "": both
/// @throws DataError where it is not laid out so
PublishedSet read_mlend(const std::filesystem::path& root, const std::string& interpretation = {});

}  // namespace melomine::layouts
