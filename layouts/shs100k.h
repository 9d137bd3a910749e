#pragma once

#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// SHS100K in both forms that it has, told apart by what the folder holds. All have versions as references,
/// with their work as group.
///
///     list                    set_id, ver_id, title, performer, url, status between tabs; quotes mean
///     nothing SHS100K-TEST            set_id, ver_id; also -TRAIN, -VAL: the split is what the file says
///
///     test.csv                performance_id, work_id, title, performer, youtube_id, no header;
///                             also train.csv, validate.csv (the release of 2025)
///
/// Audio lies anywhere below its folder, named {set_id}-{ver_id} (or performance_id), or by YouTube's id.
/// @param folder  of the lists
/// @param audio   "" for none
/// @param split   "train", "val", "test" or "all"
/// @throws DataError where it is not laid out so, ConfigError for another split
PublishedSet read_shs100k(const std::filesystem::path& folder, const std::filesystem::path& audio,
                          const std::string& split);

/// The id in an address of a video (v=ID, youtu.be/ID, embed/ID); "" where it has none.
std::string youtube_id_of(std::string_view url);

}  // namespace melomine::layouts
