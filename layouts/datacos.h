#pragma once

#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Da-TACOS as a list of versions. It has no audio of its own: recordings are the user's, named by
/// performance.
///
///     da-tacos_metadata/da-tacos_benchmark_subset_metadata.json        {work: {performance: {…}}}
///     da-tacos_metadata/da-tacos_coveranalysis_subset_metadata.json
///     {audio}/**/P_….mp3
///
/// A work of one performance is noise: nothing is right for it.
/// @param list   the JSON, or a folder that holds it
/// @param audio  "" for none
/// @param split  "benchmark" or "coveranalysis", where `list` is a folder
/// @throws DataError where it is not laid out so, ConfigError for another split
PublishedSet read_datacos(const std::filesystem::path& list, const std::filesystem::path& audio,
                          const std::string& split);

}  // namespace melomine::layouts
