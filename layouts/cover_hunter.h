#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Lists of CoverHunter and CoverHunterMPS, an object a line:
///
///     {"utt": …, "wav": …, "dur_s": …, "song": …, "version": …}     dataset.txt of CoverHunter
///     {"perf": …, "wav": …, "dur_s": …, "work": …, "version": …}    of CoverHunterMPS; full.txt adds work_id
///
/// A wav is looked for as it is written, from the list's folder, and anywhere below `audio` by its name.
/// @param audio  "" for none
/// @throws DataError where no line can be read
PublishedSet read_cover_hunter(const std::filesystem::path& list, const std::filesystem::path& audio);

}  // namespace melomine::layouts
