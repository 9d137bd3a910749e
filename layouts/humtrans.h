#pragma once

#include <string>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// HumTrans: segments of music hummed by ten people.
///
///     train_valid_test_keys.json    {"TRAIN": [keys], "VALID": […], "TEST": […]}
///     all_wav/{key}.wav             anywhere below the folder; key: {person}_{music}_{segment}_{repetition},
///                                   then perhaps _U, _D, _DD or _DDD where the version is moved
///
/// The group is music and segment: "0005_0001".
/// @param split  "train", "valid", "test", or "all": then the keys' file may be absent
/// @throws DataError where it is not laid out so, ConfigError for another split
PublishedSet read_humtrans(const std::filesystem::path& root, const std::string& split);

}  // namespace melomine::layouts
