#pragma once

#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "experiments/leak_sides.h"
#include "experiments/leaks.h"

namespace melomine::experiments {

struct LeakSearch {
  std::vector<Leak> leaks;  ///< proofs first, by kind; of a kind the plainest first
  int64_t unread = 0;       ///< items of either side that could not be read
};

/// Compares what is evaluated on with what is trained on: by YouTube id and title, recordings by their
/// landmarks, tunes by the passages they share. A recording and a tune as notes are not compared. Parallel
/// (TBB); a recording is loaded once.
/// @throws Cancelled
LeakSearch find_leaks(const std::vector<LeakItem>& evaluated, const std::vector<LeakItem>& trained,
                      RunObserver& observer);

}  // namespace melomine::experiments
