#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/linear_map.h"
#include "core/time_interval.h"
#include "datasets/fragment_groups.h"

namespace melomine::datasets {

/// A row of truth.csv: one linear piece of the time map between an original and another recording of its
/// song. Where a section occurs several times there is a row for every pair of occurrences.
struct TruthRow {
  std::string song_id, original_id, recording_id;
  RecordingKind kind = RecordingKind::kCover;
  TimeInterval original;   ///< in the original
  TimeInterval recording;  ///< the same notes in the other recording
  double transposition_semitones = 0;

  LinearMap map() const { return {original, recording}; }
};

/// Truth is exact to 1 ms: pieces may overlap or disagree, and rows of repeats begin, that much apart.
inline constexpr double kTruthTolerance_s = 1e-3;

/// @throws DataError naming file and line: a missing column, a number that is none, an empty interval
std::vector<TruthRow> read_truth_table(const std::filesystem::path& path);

/// A truth by pair of recordings.
class Truth {
 public:
  Truth() = default;
  explicit Truth(std::vector<TruthRow> rows);
  Truth(Truth&&) = default;
  Truth& operator=(Truth&&) = default;
  const std::vector<TruthRow>& rows() const { return rows_; }  ///< in the table's order
  /// Rows that map `original_id` to `recording_id`, in the table's order; none for a recording without a
  /// counterpart.
  const std::vector<const TruthRow*>& of(const std::string& original_id,
                                         const std::string& recording_id) const;

 private:
  std::vector<TruthRow> rows_;
  std::map<std::pair<std::string, std::string>, std::vector<const TruthRow*>> index_;
};

/// One straight line from the whole original fragment to the whole other one.
std::vector<LinearMap> linear_time_map(const TimeInterval& original, const TimeInterval& fragment);

/// The truth's pieces that lie in both intervals, in group time (seconds from original.start_s), in order,
/// the recording's time never running backwards. Of repeats that overlap in group time the one nearest to the
/// straight line between the intervals is taken.
/// @param rows  of this pair of recordings only
/// @returns empty when no row lies in both intervals
std::vector<LinearMap> truth_time_map(const std::vector<const TruthRow*>& rows, const TimeInterval& original,
                                      const TimeInterval& fragment);

}  // namespace melomine::datasets
