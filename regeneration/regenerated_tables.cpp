#include "regeneration/regenerated_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "datasets/songs_table.h"

namespace melomine::regeneration {
namespace {

using datasets::FragmentRow;
using datasets::RecordingKind;

/// The split of each song that a table names.
std::map<std::string, std::string> read_splits(const std::filesystem::path& path) {
  std::map<std::string, std::string> splits;
  if (path.empty()) return splits;
  const CsvTable table = CsvTable::read(path);
  table.require({"group_id", "split"});
  for (size_t row = 0; row < table.size(); ++row) {
    const auto [place, is_new] = splits.emplace(table.text(row, "group_id"), table.text(row, "split"));
    if (!is_new && place->second != table.text(row, "split"))
      table.fail(row, fmt::format("group_id '{}' is in split '{}' above", place->first, place->second));
  }
  return splits;
}

std::string split_of(const std::map<std::string, std::string>& splits, const std::string& song) {
  const auto found = splits.find(song);
  return found == splits.end() ? "none" : found->second;
}

/// Groups with their original and another fragment, by (song, fragment).
std::map<std::pair<std::string, std::string>, bool> usable_groups(const WantedFragments& wanted,
                                                                  const std::vector<RowFate>& fates) {
  struct Members {
    bool original = false;
    int64_t others = 0;
  };
  std::map<std::pair<std::string, std::string>, Members> members;
  for (size_t i = 0; i < fates.size(); ++i) {
    const FragmentRow& row = wanted.rows[i];
    Members& group = members[{row.group_id, row.fragment_id}];
    if (!fates[i].is_had) continue;
    if (row.audio_type == RecordingKind::kOriginal)
      group.original = true;
    else
      ++group.others;
  }
  std::map<std::pair<std::string, std::string>, bool> usable;
  for (const auto& [key, group] : members) usable[key] = group.original && group.others > 0;
  return usable;
}

/// Unique where ids are not.
std::string recording_id_of(const WantedFragments& wanted, const FragmentRow& row) {
  if (wanted.ids_are_unique) return row.id;
  return row.group_id + "_" + (row.fragment_id.empty() ? "" : row.fragment_id + "_") + row.id;
}

void write_all_rows(const WantedFragments& wanted, const std::vector<RowFate>& fates,
                    const std::filesystem::path& file) {
  std::vector<FragmentRow> rows = wanted.rows;
  bool has_provenance = false;
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].is_available = fates[i].is_had;
    has_provenance = has_provenance || !rows[i].recording_id.empty() || !rows[i].model_sha256.empty();
  }
  using datasets::TableColumns;
  datasets::write_fragment_table(file, rows,
                                 has_provenance ? TableColumns::kChadWithProvenance : TableColumns::kChad);
}

/// What was cut, as fragments that are whole recordings.
void write_cut_rows(const WantedFragments& wanted, const std::vector<RowFate>& fates,
                    const std::filesystem::path& out) {
  std::vector<FragmentRow> rows;
  std::vector<datasets::Recording> recordings;
  for (size_t i = 0; i < fates.size(); ++i) {
    if (!fates[i].is_had) continue;
    FragmentRow row = wanted.rows[i];
    row.path = (std::filesystem::path(kFragmentsFolder) / fragment_path(row)).string();
    row.id = recording_id_of(wanted, row);
    row.interval = {0, fates[i].duration_s};
    row.duration_s = fates[i].duration_s;
    row.is_available = true;
    recordings.push_back({.recording_id = row.id,
                          .song_id = row.group_id,
                          .kind = row.audio_type,
                          .path = row.path,
                          .title = {},
                          .artist = {},
                          .youtube_id = row.youtube_id});
    rows.push_back(std::move(row));
  }
  datasets::write_fragment_table(out / kGroupsTable, rows, datasets::TableColumns::kChadWithPath);
  if (!recordings.empty()) datasets::write_songs_table(out / kFragmentSongs, recordings);
}

void write_missing(const WantedFragments& wanted, const std::vector<MissingSource>& missing,
                   const std::map<std::string, std::string>& splits, const std::filesystem::path& file) {
  std::string text = csv_line({"id", "state", "groups", "splits", "fragments", "reason"});
  for (const MissingSource& one : missing) {
    std::set<std::string> groups, in_splits;
    for (const size_t row : one.source->rows) {
      groups.insert(wanted.rows[row].group_id);
      if (!splits.empty()) in_splits.insert(split_of(splits, wanted.rows[row].group_id));
    }
    const auto joined = [](const std::set<std::string>& names) {
      return fmt::format("{}", fmt::join(names, " "));
    };
    text += csv_line({one.source->id,
                      one.is_absent  ? "absent"
                      : one.has_some ? "short"
                                     : "unusable",
                      joined(groups), joined(in_splits), std::to_string(one.fragments), one.reason});
  }
  write_file_atomically(file, text);
}

void count_rows(const WantedFragments& wanted, const std::vector<RowFate>& fates,
                const std::map<std::string, std::string>& splits, Availability& a) {
  for (size_t i = 0; i < fates.size(); ++i) {
    const FragmentRow& row = wanted.rows[i];
    a.fragments.add(fates[i].is_had);
    a.by_kind[datasets::to_string(row.audio_type)].add(fates[i].is_had);
    if (!splits.empty()) a.by_split[split_of(splits, row.group_id)].add(fates[i].is_had);
    a.hours += fates[i].duration_s / kSecondsAnHour;
  }
}

}  // namespace

Availability write_tables(const WantedFragments& wanted, const std::vector<RowFate>& fates,
                          const std::vector<MissingSource>& missing, const RegenerateOptions& options) {
  Availability a;
  const auto splits = read_splits(options.splits);
  count_rows(wanted, fates, splits, a);
  a.recordings = {static_cast<int64_t>(wanted.sources.size()), static_cast<int64_t>(wanted.sources.size())};
  for (const MissingSource& one : missing) {
    if (!one.has_some) --a.recordings.had;
    ++a.reasons[one.is_absent ? "absent" : one.has_some ? "short" : "unusable"];
  }
  std::map<std::string, bool> songs;
  for (const auto& [key, usable] : usable_groups(wanted, fates)) {
    a.groups.add(usable);
    songs[key.first] = songs[key.first] || usable;
  }
  std::string drawn = csv_line({"group_id", "split"});
  for (const auto& [song, usable] : songs) {
    a.songs.add(usable);
    if (!usable) continue;
    const std::string split = drawn_split(options.draw, song);
    ++a.drawn_songs[split];
    drawn += csv_line({song, split});
  }
  write_all_rows(wanted, fates, options.out / kRegeneratedTable);
  write_cut_rows(wanted, fates, options.out);
  write_missing(wanted, missing, splits, options.out / kMissingTable);
  write_file_atomically(options.out / kSplitTable, drawn);
  write_file_atomically(options.out / kAvailabilityFile, availability_json(a, options.name, options.day));
  return a;
}

}  // namespace melomine::regeneration
