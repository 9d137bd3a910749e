#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Covers80: 80 pairs of pop songs.
///
///     coversongs/covers32k/{Song}/{artist+album+NN-Track}.mp3
///     list1.list, list2.list     {Song}/{artist+album+NN-Track}, line i of the one pairs with line i of the
///     other
///
/// Queries are those of the first list, references those of the second; the folder is the group, so that of a
/// folder with two pairs all four belong together.
/// @param root  that of the lists, one above it, or one above coversongs/
/// @throws DataError where it is not laid out so
PublishedSet read_covers80(const std::filesystem::path& root);

}  // namespace melomine::layouts
