#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Discogs-VI in its forms, told apart by what the file's first byte begins and its name: the light one, one
/// JSON object, and the whole one of a clique a line, which is read line by line.
///
///     Discogs-VI-YT-20240701-light.json.test    {clique: [{version_id, track_title, youtube_id}, …]}
///     Discogs-VI-YT-20240701.jsonl              {clique_id, versions: [{version_id, youtube_video: [{url}],
///     tracks}]} {audio}/{yt[:2]}/{yt}.mp4
///
/// Of a version's videos the first counts whose audio is there.
/// @param list   whatever its name
/// @param audio  "" for none
/// @throws DataError where it is not laid out so
PublishedSet read_discogs_vi(const std::filesystem::path& list, const std::filesystem::path& audio);

}  // namespace melomine::layouts
