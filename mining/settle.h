#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "core/time_interval.h"

namespace melomine::mining {

/// How it is settled where in a cover the fragments of its original lie.
enum class SettleBy {
  kPeaks,  ///< each for itself, at its peaks: Amatov et al. 2023, Algorithm 1
  kPath,   ///< all together, on the best path through the cover (ours)
};

struct SettleConfig {
  SettleBy by = SettleBy::kPeaks;
  /// Of kPath: what it costs, in correlation, that two neighbours in the cover do not follow each other as in
  /// the original: a section dropped, repeated or moved.
  double jump = 0.2;
  /// A match is relevant only if its correlation is this much above that of the fragment's best other place,
  /// one that neither overlaps it nor is a match itself, nor where another fragment lies. 0: whatever is
  /// there.
  double margin = 0;
  /// Least correlation of a relevant match where no other fragment of the original is found in the cover with
  /// β_rel or more: one fragment by itself is weaker evidence. 0: β_rel.
  double alone = 0;
  /// Of kPath: least correlation of a relevant match at the highest place of a fragment that lies nowhere on
  /// the path, as where the cover sings once what the original sings twice. 0: none is.
  double left_out = 0;
};
void bind(configs::Binder& b, SettleConfig& c);

/// Where a fragment could lie in a cover.
struct Place {
  size_t fragment = 0;
  double center_s = 0, length_s = 0;  ///< in the cover
  double correlation = 0, tempo_ratio = 1;
  double start_s() const { return center_s - 0.5 * length_s; }
  double end_s() const { return center_s + 0.5 * length_s; }
};

/// Whether two places share more than rounding.
bool overlap(const Place& a, const Place& b);

/// The path through a cover that explains it best: places one after the other, at most a tenth of the shorter
/// overlapping (none of one fragment), with the largest sum of
///   correlation - floor, less a cost from 0 to `jump` for each two neighbours on the path:
/// 0 where the second lies behind the first as far as in the original at their tempo, all of `jump` where it
/// is off by more than half a second and a twentieth of the way. A fragment may lie on the path several times
/// or not at all. Viterbi over the places, O(n²).
/// @param fragments  intervals of the original
/// @param places     any order; those below the floor never help
/// @returns indices into places, in the cover's order; of equal paths always the same
std::vector<size_t> best_path(const std::vector<TimeInterval>& fragments, std::span<const Place> places,
                              double floor, double jump);

}  // namespace melomine::mining
