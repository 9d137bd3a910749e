#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/linear_map.h"
#include "core/time_interval.h"
#include "datasets/recording.h"
#include "datasets/verdict.h"

namespace melomine::datasets {

/// A row of a fragment table: CHAD's columns in CHAD's order, then the optional ones (path for hums, our
/// provenance). Rows of one group_id are of one song; those of one fragment_id in it sing the same,
/// time-aligned.
struct FragmentRow {
  std::string group_id;     ///< of the song
  std::string fragment_id;  ///< of the part of the song; "" = the song has but one
  std::string id;
  RecordingKind audio_type = RecordingKind::kOriginal;
  std::string youtube_id;
  TimeInterval interval;  ///< in the recording; ends at infinity where a hum's is empty: all of its recording
  double correlation = 0;
  bool check_by_crowdsource = false;
  bool is_available = true;
  double duration_s = 0;  ///< 0 = not known
  std::string path;       ///< "" when the table has no such column
  // Provenance, "", 0 or kNone when the table has no such columns.
  std::string recording_id;
  int64_t round = 0;
  Verdict verdict = Verdict::kNone;
  std::string model_sha256, config_sha256, source_sha256;
  /// By how much the correlation exceeds that of the runner-up place (mining/cover_match.h); in mined.h5
  /// alone, absent for originals and in files of versions that did not keep it.
  std::optional<double> margin{};
  int line{};  ///< of the table that it was read from, from 1; 0 = of none
};

/// Which of the optional columns a table carries.
enum class TableColumns { kChad, kChadWithPath, kChadWithProvenance };

/// @throws DataError naming file and line
std::vector<FragmentRow> read_fragment_table(const std::filesystem::path& path);
/// @param writer  as AtomicFile has it
void write_fragment_table(const std::filesystem::path& path, const std::vector<FragmentRow>& rows,
                          TableColumns columns, std::string_view writer = {});

/// One member of a group.
struct Fragment {
  std::string recording_id;
  RecordingKind kind = RecordingKind::kOriginal;
  TimeInterval interval;  ///< in the recording
  /// From the group's own time (seconds from the start of its original fragment) to the recording's, piece by
  /// piece, in order; one piece where the tempo is steady.
  std::vector<LinearMap> time_map;

  /// Group time to recording time; outside the pieces the nearest one goes on. Units: seconds.
  double to_recording_s(double group_s) const;
  /// Recording time to group time, likewise.
  double to_group_s(double recording_s) const;
};

/// Where a recording has the same notes as a stretch of its original.
struct SameNotes {
  std::string recording_id;
  LinearMap map;  ///< from the original
};

/// Time-aligned fragments of one song: the original's and its hums' or covers'.
struct FragmentGroup {
  std::string
      group_id;  ///< `GROUP/FRAGMENT` of its rows, as CHAD's folders; `GROUP` where they name no fragment
  std::string song_id;
  double duration_s = 0;  ///< of the original fragment, or of what all recordings hold of it
  std::vector<Fragment> fragments;
  double weight = 1;                    ///< > 0; how often an epoch visits it
  std::string original_id{};            ///< in whose time the group lies; "" = not known
  double original_start_s = 0;          ///< where in it group time begins
  std::vector<SameNotes> same_notes{};  ///< truth of it and the fragments' recordings, repeats and all
};

}  // namespace melomine::datasets
