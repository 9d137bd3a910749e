#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "datasets/corpus.h"

namespace melomine::experiments {

/// Hums to search with and originals to find, out of the shards.
struct HeldOutHums {
  struct Query {
    size_t recording = 0;  ///< index in the store
    int64_t target = 0;    ///< index in `references`
  };
  std::vector<Query> queries;      ///< hums of the asked songs
  std::vector<size_t> references;  ///< index in the store of every candidate original
};

/// @param songs       whose hums are queries
/// @param candidates  whose originals are references; must contain `songs`
/// Hums of songs without an original in the store are left out.
HeldOutHums held_out_hums(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                          const std::set<std::string>& candidates);

}  // namespace melomine::experiments
