#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// MTG-QBH: 118 hums of 81 songs, known by class labels. The songs' recordings are not part of it: whoever
/// asks has them under their labels.
///
///     Queries.csv                       Query ID, Filename, Class label, …; lines end in CR alone
///     q1.wav …                          anywhere below the folder
///     Collection_Canonicals.csv, …      tables with a column "Class label"; all are read
///
///     {songs}/{label}.mp3 …             the user's, one of a song
///     {songs}/{label}/*.mp3 …           or several
///
/// @param songs  "" for none: no reference is there then
/// @throws DataError where it is not laid out so
PublishedSet read_mtg_qbh(const std::filesystem::path& root, const std::filesystem::path& songs);

}  // namespace melomine::layouts
