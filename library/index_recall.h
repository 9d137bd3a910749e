#pragma once

#include <cstdint>

#include "library/library.h"
#include "library/song_search.h"

namespace melomine::library {

/// How an index is compared with exact search: stretches of the library's own songs, with noise, are asked.
struct RecallConfig {
  int64_t stretches = 100;  ///< asked at most; fewer in libraries where comparing all takes long
  double stretch_s = 8;
  double cosine = 0.8;  ///< of a fingerprint with noise to what it was
  uint64_t seed = 1;    ///< by which stretches and noise are drawn
};

/// What an index finds of what comparing all finds.
struct IndexRecall {
  int64_t stretches = 0;               ///< that were asked; the rest is 0 where there are none
  int64_t fingerprints = 0;            ///< of theirs, whose nearest were looked for
  int64_t neighbours = 0;              ///< nearest of each
  double nearest = 0;                  ///< share of the exact nearest that the index returns
  double two_step = 0, exact = 0;      ///< share of the songs that are among the first ten
  double two_step_s = 0, exact_s = 0;  ///< seconds of a search, median
};

/// Searches by the settings of `search`, at one tempo and as many neighbours. Equal nearest fingerprints
/// count as one another. Seconds at most; the shares are the same at every call.
IndexRecall measure_recall(const Library& library, const SearchConfig& search, const RecallConfig& config);

}  // namespace melomine::library
