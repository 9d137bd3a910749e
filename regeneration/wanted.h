#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::regeneration {

/// A recording that fragments are cut from.
struct WantedSource {
  /// What its audio is found by: youtube_id, else recording_id, else id. Of an archived hum
  /// `GROUP/FRAGMENT/ID`.
  std::string id;
  std::string other_id;      ///< recording_id beside a youtube_id, or empty
  bool is_archived = false;  ///< a hum that the archive of hums has, as the fragment itself
  double end_s = 0;          ///< where the last of its fragments ends; 0 of an archived hum
  std::vector<size_t> rows;  ///< of WantedFragments::rows, ascending
};

/// What a fragment table asks for.
struct WantedFragments {
  std::filesystem::path table;
  std::vector<datasets::FragmentRow> rows;  ///< in the table's order
  std::vector<WantedSource> sources;        ///< in the order of their first rows
  int64_t repeated = 0;                     ///< rows equal to an earlier one, left out
  bool ids_are_unique = true;               ///< whether no two rows share an id
};

/// Reads a table of CHAD's columns and checks that each name of it may be a file's: no folder, no control
/// character, nothing that a spreadsheet takes for a formula, 1 to 200 bytes.
/// @throws DataError with a line for each of the first faults ("dataset.csv: line 7: …"): what
///         read_fragment_table refuses, names that may not be a file's, one (group_id, fragment_id, id) for
///         two fragments
WantedFragments read_wanted(const std::filesystem::path& table);

/// Where a fragment lies in an archive or among what was cut: GROUP/FRAGMENT/ID.flac; without the folder of
/// the fragment where the row names none.
std::filesystem::path fragment_path(const datasets::FragmentRow& row);

/// Why a text may not be a file's name; "" where it may.
std::string fault_of_name(std::string_view name);

}  // namespace melomine::regeneration
