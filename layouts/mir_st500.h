#pragma once

#include <filesystem>
#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// MIR-ST500: 500 pop songs at YouTube with the notes that are sung in them.
///
///     MIR-ST500_20210206/MIR-ST500_corrected.json     {"1": [[onset_s, offset_s, midi_pitch], …], …}
///     MIR-ST500_20210206/MIR-ST500_link.json          {"1": address}
///     {audio}/{train|test}/{id}/Mixture.mp3           or a file by its id of YouTube, anywhere below
///
/// Songs 1 to 400 are to train on, 401 to 500 to test.
/// @param audio  "" for none
/// @param split  "train", "test" or "all"
/// @throws DataError where it is not laid out so, ConfigError for another split
PublishedSet read_mir_st500(const std::filesystem::path& root, const std::filesystem::path& audio,
                            const std::string& split);

}  // namespace melomine::layouts
