#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::mining {

/// A pair (fragment of the original, its place in a cover) that differs between two mined sets.
struct PairChange {
  std::string original_id, recording_id;         ///< recordings of the original and of the cover
  TimeInterval original_before, original_after;  ///< empty where the pair is absent, as all that follows
  TimeInterval cover_before, cover_after;
  double correlation_before = 0, correlation_after = 0;
  datasets::Verdict verdict_before = datasets::Verdict::kNone, verdict_after = datasets::Verdict::kNone;
  double moved_s = 0;  ///< of the match's centre relative to its fragment's centre
};

/// What became of mined set A in B. Fragments are the same when they overlap by at least half of the longer;
/// a match of the same fragment in the same cover is the same when it moved by less than half of the longer.
/// Each has one partner at most: fragments by largest overlap, matches by smallest move.
struct RoundDiff {
  std::vector<PairChange> appeared;      ///< by correlation, highest first
  std::vector<PairChange> vanished;      ///< by correlation, highest first
  std::vector<PairChange> moved;         ///< by distance, farthest first
  std::vector<PairChange> reclassified;  ///< with another verdict, by change of correlation, largest first
  int64_t unchanged = 0;                 ///< pairs that neither moved nor have another verdict
  int64_t pairs_before = 0, pairs_after = 0;
  int64_t fragments_before = 0, fragments_after = 0, fragments_shared = 0;
};

/// A pair that moved and has another verdict stands in both lists. diff_rounds(b, a) is diff_rounds(a, b)
/// with before and after swapped.
/// @param before, after     rows of mined tables, of each group the original's row first
/// @param moved_at_least_s  smaller moves are no change
/// @throws DataError for a row that names no recording, or a group without an original
RoundDiff diff_rounds(const std::vector<datasets::FragmentRow>& before,
                      const std::vector<datasets::FragmentRow>& after, double moved_at_least_s = 0.05);

/// Counts, then the first `limit` of each list.
std::string diff_text(const RoundDiff& diff, size_t limit = 20);
/// All of it. Keys are the field names; intervals are [start, end] in s, null where the pair is absent.
std::string diff_json(const RoundDiff& diff);

}  // namespace melomine::mining
