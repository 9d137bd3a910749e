#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "datasets/fragment_groups.h"
#include "datasets/time_map.h"

namespace melomine::datasets {

/// Which rows of a fragment table become training groups.
struct GroupOptions {
  /// Only groups of songs for which this holds; empty = all. Held-out songs are kept out here.
  std::function<bool(const std::string& song_id)> use_song;
  /// Rows with the verdict `uncertain` wait for a human; `rejected` ones are never used.
  bool use_uncertain = false;
};

/// What became of the rows of a table; for logs and summaries.
struct GroupCounts {
  int64_t rows = 0, fragments = 0, groups = 0;
  int64_t absent_fragments = 0;   ///< recording not in the store (set aside at ingest)
  std::string first_absent;       ///< group and id of the first of them
  int64_t outside_fragments = 0;  ///< less than half of the interval lies in its recording
  int64_t cut_fragments = 0;      ///< kept though the interval goes on past the end of its recording
  int64_t repeated_fragments =
      0;  ///< left out: the same part of the same recording as an earlier row of the group
  int64_t unverified_fragments = 0;  ///< verdict rejected or uncertain
  int64_t small_groups = 0;          ///< dropped: fewer than two usable fragments
  int64_t held_out_groups = 0;       ///< dropped by use_song
  int64_t linear_maps = 0;           ///< fragments without truth: one straight line
  std::string summary() const;
};

struct GroupDataset {
  std::vector<FragmentGroup> groups;    ///< in order of their first row
  std::vector<FragmentGroup> held_out;  ///< those that use_song kept out, without time maps
  GroupCounts counts;
};

/// Rows with the same group_id and fragment_id become a group, its time that of the row with audio_type
/// original (of the first usable row when there is none). A row's recording is sought in the store by
/// recording_id; else by path, then id; else (a row without either column) by CHAD's layout
/// `{group_id}/{fragment_id}/{id}.ext` (such a file is the fragment itself: its interval begins at 0), then
/// id, then youtube_id. The song of all groups of one group_id is that of its first original's recording, so
/// that a split never parts them. What of an interval lies past the end of its recording is cut off; the
/// group's time ends where the first of its recordings does.
/// @param recordings  what the store holds
/// @param truth       time maps; empty = straight lines
GroupDataset build_groups(const std::vector<FragmentRow>& rows,
                          const std::vector<StoredRecording>& recordings, int sample_rate_hz,
                          const Truth& truth = {}, const GroupOptions& options = {});
/// The same of a store's recordings.
GroupDataset build_groups(const std::vector<FragmentRow>& rows, const AudioStore& store,
                          const Truth& truth = {}, const GroupOptions& options = {});

/// The same from files. @param truth  truth.csv, or an empty path
/// @throws DataError naming file and line; also when no group is left, with the counts
GroupDataset load_groups(const std::filesystem::path& table, const AudioStore& store,
                         const std::filesystem::path& truth = {}, const GroupOptions& options = {});

}  // namespace melomine::datasets
