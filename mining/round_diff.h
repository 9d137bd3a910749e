#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::mining {

/// A pair (fragment of the original, its place in a cover) that differs between two mined sets.
struct PairChange {
  std::string song_id, recording_id;
  TimeInterval original_before, original_after;  ///< empty where the pair is absent
  TimeInterval cover_before, cover_after;
  double correlation_before = 0, correlation_after = 0;
  std::string verdict_before, verdict_after;
  double moved_s = 0;  ///< of the match's centre relative to its fragment's centre
};

/// What became of mined set A in B. Fragments are the same when they overlap by at least half of the longer; a
/// match of the same fragment in the same cover is the same when its centre moved by less than half its length.
struct RoundDiff {
  std::vector<PairChange> appeared, vanished, moved, reclassified;
  int64_t unchanged = 0;
  int64_t fragments_before = 0, fragments_after = 0, fragments_shared = 0;
};
RoundDiff diff_rounds(const std::vector<datasets::FragmentRow>& before,
                      const std::vector<datasets::FragmentRow>& after, double moved_at_least_s = 0.05);

std::string diff_text(const RoundDiff& diff, size_t limit = 20);
std::string diff_json(const RoundDiff& diff);

}  // namespace melomine::mining
