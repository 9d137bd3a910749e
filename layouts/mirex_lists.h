#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// MIREX's list files: a full path a line, which is the id, too. MIREX keeps to itself what is right; here a
/// line may name the work behind a tab, which is the group.
/// @param queries     query_list_file, whose paths may stand in the collection, too
/// @param collection  collection_list_file
/// @throws DataError where a list is empty
PublishedSet read_mirex_lists(const std::filesystem::path& queries, const std::filesystem::path& collection);

/// A matrix of distances as MIREX takes it: a title, the numbered paths, then a line "Q/R 1 2 …" and one for
/// each query with its number and its distances, between tabs.
struct DistanceMatrix {
  std::string title = {};
  std::vector<std::string> paths = {};  ///< the collection first; behind it queries that are not in it
  int64_t references = 0;               ///< C, how many of the paths are the collection
  std::vector<int64_t> queries = {};    ///< [Q] indices of paths
  std::vector<float> distances = {};    ///< [Q, C] smaller is more alike
};
/// @throws ShapeError where the sizes do not agree
std::string mirex_text(const DistanceMatrix& matrix);

}  // namespace melomine::layouts
