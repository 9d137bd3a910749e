#pragma once

#include <string>
#include <vector>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// The corpus IOACAS_QBH, which MIREX calls ThinkIt: hums of songs, from anywhere in them.
///
///     IOACAS_pt1/midi.list     MIDI file, tab, title (GB2312, not read)
///     IOACAS_pt1/query.list    wav file, tab, number, name or file of the song's MIDI; or querywav_list.txt
///     IOACAS_pt2/…
///
/// Files are relative to their list, with slashes of either kind. Where several parts are read, ids begin
/// with the folder of theirs, since each numbers its own.
/// @param root   the corpus, the folder that it was unpacked in, or one part
/// @param parts  names of the folders that are read; none: all
/// @throws DataError where it is not laid out so; ConfigError for a part that is not there
PublishedSet read_ioacas(const std::filesystem::path& root, const std::vector<std::string>& parts = {});

}  // namespace melomine::layouts
