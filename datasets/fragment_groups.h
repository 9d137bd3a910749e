#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/time_interval.h"
#include "datasets/recording.h"

namespace melomine::datasets {

/// A row of a fragment table: CHAD's columns in CHAD's order, then the optional ones (path for hums, our
/// provenance).
struct FragmentRow {
  std::string group_id, fragment_id, id;
  RecordingKind audio_type = RecordingKind::kOriginal;
  std::string youtube_id;
  TimeInterval interval;
  double correlation = 0;
  bool check_by_crowdsource = false;
  bool is_available = true;
  double duration_s = 0;
  std::string path;  ///< "" when the table has no such column
  // Provenance, "" or 0 when the table has no such columns.
  std::string recording_id;
  int64_t round = 0;
  std::string verdict, model_sha256, config_sha256, source_sha256;
};

/// Which of the optional columns a table carries.
enum class TableColumns { kChad, kChadWithPath, kChadWithProvenance };

/// @throws DataError naming file and line
std::vector<FragmentRow> read_fragment_table(const std::filesystem::path& path);
void write_fragment_table(const std::filesystem::path& path, const std::vector<FragmentRow>& rows,
                          TableColumns columns);

/// A linear piece of a time map: [group_start_s, group_end_s) of the group's own time (seconds from the start
/// of its original fragment) goes to [recording_start_s, recording_end_s) of the recording.
struct TimeMapPiece {
  double group_start_s = 0, group_end_s = 0;
  double recording_start_s = 0, recording_end_s = 0;
};

/// One member of a group.
struct Fragment {
  std::string recording_id;
  RecordingKind kind = RecordingKind::kOriginal;
  TimeInterval interval;               ///< in the recording
  std::vector<TimeMapPiece> time_map;  ///< in order; one piece where the tempo is steady

  /// Group time to recording time; outside the pieces the nearest one goes on. Units: seconds.
  double to_recording_s(double group_s) const;
};

/// Time-aligned fragments of one song: the original's and its hums' or covers'.
struct FragmentGroup {
  std::string group_id;
  std::string song_id;
  double duration_s = 0;  ///< of the original fragment
  std::vector<Fragment> fragments;
  double weight = 1;  ///< > 0; how often an epoch visits it
};

}  // namespace melomine::datasets
