#pragma once

#include <filesystem>
#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Melodies as MIDI files, one a song, each the reference of its name. POP909 has its songs in folders beside
/// other arrangements of them (`versions/`), which are passed over; Essen's are files of one folder or
/// several.
///
///     POP909/001/001.mid, POP909/001/versions/001-v1.mid, …     or 001.mid, …
///     essen/*.mid
///
/// @param layout  of the checklist: "POP909"
/// @throws DataError where no MIDI file is below, or two of one name
PublishedSet read_score_folder(const std::filesystem::path& root, const std::string& layout);

}  // namespace melomine::layouts
