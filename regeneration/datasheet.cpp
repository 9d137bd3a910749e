#include "regeneration/datasheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/json_text.h"
#include "layouts/checklist.h"
#include "regeneration/statement.h"

namespace melomine::regeneration {
namespace {

using datasets::FragmentRow;
using datasets::RecordingKind;
using datasets::Verdict;

Durations durations_of(const std::vector<double>& seconds) {
  Durations d;
  d.count = static_cast<int64_t>(seconds.size());
  if (seconds.empty()) return d;
  double sum = 0, squares = 0;
  for (const double s : seconds) sum += s;
  d.mean_s = sum / static_cast<double>(d.count);
  for (const double s : seconds) squares += (s - d.mean_s) * (s - d.mean_s);
  d.sd_s = std::sqrt(squares / static_cast<double>(d.count));
  const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
  d.least_s = *least;
  d.most_s = *most;
  d.hours = sum / kSecondsAnHour;
  return d;
}

/// Fragments of one (group_id, fragment_id).
struct Group {
  std::vector<const FragmentRow*> rows;
  bool has_hums = false;
};

DatasheetPart part_of(const std::vector<const Group*>& groups) {
  std::vector<double> all, originals, others;
  for (const Group* group : groups)
    for (const FragmentRow* row : group->rows) {
      all.push_back(row->duration_s);
      (row->audio_type == RecordingKind::kOriginal ? originals : others).push_back(row->duration_s);
    }
  return {.groups = static_cast<int64_t>(groups.size()),
          .all = durations_of(all),
          .originals = durations_of(originals),
          .others = durations_of(others)};
}

std::string recording_of(const FragmentRow& row) {
  if (!row.youtube_id.empty()) return row.youtube_id;
  return row.recording_id.empty() ? row.id : row.recording_id;
}

void count_rows(const std::vector<FragmentRow>& rows, Datasheet& sheet) {
  std::set<std::string> songs, originals, covers;
  for (const FragmentRow& row : rows) {
    sheet.accepted += row.verdict == Verdict::kAccepted ? 1 : 0;
    sheet.rejected += row.verdict == Verdict::kRejected ? 1 : 0;
    if (row.verdict == Verdict::kRejected) continue;
    ++sheet.fragments;
    songs.insert(row.group_id);
    const double hours = row.duration_s / kSecondsAnHour;
    if (row.audio_type == RecordingKind::kOriginal) {
      originals.insert(recording_of(row));
      sheet.original_hours += hours;
      continue;
    }
    sheet.sung_hours += hours;
    if (row.audio_type == RecordingKind::kHumming) ++sheet.hums;
    if (row.audio_type != RecordingKind::kCover) continue;
    covers.insert(recording_of(row));
    (row.verdict == Verdict::kUncertain ? sheet.uncertain_hours : sheet.relevant_hours) += hours;
  }
  sheet.songs = static_cast<int64_t>(songs.size());
  sheet.original_recordings = static_cast<int64_t>(originals.size());
  sheet.cover_recordings = static_cast<int64_t>(covers.size());
}

struct Line {
  std::string what;
  std::string (*value)(const Datasheet&);
};

std::string durations_text(const Durations& d) {
  if (d.count == 0) return "none";
  return fmt::format("{:.1f} to {:.1f}, {:.2f} ± {:.2f}", d.least_s, d.most_s, d.mean_s, d.sd_s);
}

std::string number(int64_t count) {
  return layouts::with_thousands(count);
}

const std::vector<Line>& lines() {
  static const std::vector<Line> all = {
      {"songs", [](const Datasheet& s) { return number(s.songs); }},
      {"original recordings", [](const Datasheet& s) { return number(s.original_recordings); }},
      {"cover recordings", [](const Datasheet& s) { return number(s.cover_recordings); }},
      {"hummed fragments", [](const Datasheet& s) { return number(s.hums); }},
      {"fragments", [](const Datasheet& s) { return number(s.fragments); }},
      {"hours hummed or sung in covers",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.sung_hours); }},
      {"hours of originals", [](const Datasheet& s) { return fmt::format("{:.2f}", s.original_hours); }},
      {"fragments in a group",
       [](const Datasheet& s) {
         return fmt::format("{} to {}, {:.1f}", s.smallest_group, s.largest_group, s.mean_group);
       }},
      {"H: seconds of a fragment", [](const Datasheet& s) { return durations_text(s.hummed.all); }},
      {"H: hours of originals",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.hummed.originals.hours); }},
      {"H: hours of hums", [](const Datasheet& s) { return fmt::format("{:.2f}", s.hummed.others.hours); }},
      {"C: seconds of a fragment", [](const Datasheet& s) { return durations_text(s.covered.all); }},
      {"C: hours of originals",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.covered.originals.hours); }},
      {"C: hours of covers",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.covered.others.hours); }},
      {"hours of covers above β_rel",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.relevant_hours); }},
      {"hours of covers from β_irrel to β_rel",
       [](const Datasheet& s) { return fmt::format("{:.2f}", s.uncertain_hours); }}};
  return all;
}

nlohmann::ordered_json as_json(const Durations& d) {
  return {{"count", d.count},   {"least_s", d.least_s}, {"most_s", d.most_s},
          {"mean_s", d.mean_s}, {"sd_s", d.sd_s},       {"hours", d.hours}};
}

nlohmann::ordered_json as_json(const DatasheetPart& part) {
  return {{"groups", part.groups},
          {"all", as_json(part.all)},
          {"originals", as_json(part.originals)},
          {"others", as_json(part.others)}};
}

}  // namespace

Datasheet datasheet_of(const std::vector<FragmentRow>& rows) {
  Datasheet sheet;
  count_rows(rows, sheet);
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const FragmentRow& row : rows) {
    if (row.verdict == Verdict::kRejected) continue;
    Group& group = groups[{row.group_id, row.fragment_id}];
    group.rows.push_back(&row);
    group.has_hums = group.has_hums || row.audio_type == RecordingKind::kHumming;
  }
  std::vector<const Group*> hummed, covered;
  int64_t members = 0;
  for (const auto& [key, group] : groups) {
    const auto size = static_cast<int64_t>(group.rows.size());
    members += size;
    sheet.smallest_group = sheet.smallest_group == 0 ? size : std::min(sheet.smallest_group, size);
    sheet.largest_group = std::max(sheet.largest_group, size);
    (group.has_hums ? hummed : covered).push_back(&group);
  }
  sheet.groups = static_cast<int64_t>(groups.size());
  if (!groups.empty()) sheet.mean_group = static_cast<double>(members) / static_cast<double>(groups.size());
  sheet.hummed = part_of(hummed);
  sheet.covered = part_of(covered);
  return sheet;
}

Datasheet chad_datasheet() {
  Datasheet s;
  s.songs = s.original_recordings = 5494;
  s.cover_recordings = 31630;
  s.hums = 5164;
  s.fragments = 81781;
  s.sung_hours = 270;
  s.original_hours = 51;
  s.smallest_group = 2;
  s.largest_group = 31;
  s.mean_group = 6;
  s.hummed.all = {.count = 1, .least_s = 4, .most_s = 20, .mean_s = 11.06, .sd_s = 2.67};
  s.hummed.originals.hours = 2.12;
  s.hummed.others.hours = 15.83;
  s.covered.all = {.count = 1, .least_s = 8, .most_s = 20, .mean_s = 14.66, .sd_s = 2.03};
  s.covered.originals.hours = 49.54;
  s.covered.others.hours = 259.03;
  s.relevant_hours = 194.53;
  s.uncertain_hours = 64.50;
  return s;
}

std::string datasheet_page(const Datasheet& sheet, const std::string& name) {
  std::string page = fmt::format(
      "# Datasheet of {}\n\nThe statistics that Amatov et al. (2023, section 4.2) give of CHAD. *H*: groups "
      "with hums; *C*: the others. "
      "Ranges with mean ± standard deviation.\n\n| | {} | CHAD |\n|---|---|---|\n",
      name, name);
  const Datasheet chad = chad_datasheet();
  for (const Line& line : lines())
    page += fmt::format("| {} | {} | {} |\n", line.what, line.value(sheet), line.value(chad));
  if (sheet.accepted + sheet.rejected > 0)
    page += fmt::format("\nPeople accepted {} of the matches in it and rejected {}, which are left out.\n",
                        number(sheet.accepted), number(sheet.rejected));
  return page;
}

std::string datasheet_json(const Datasheet& s, const std::string& name) {
  const nlohmann::ordered_json json = {{"name", name},
                                       {"songs", s.songs},
                                       {"fragments", s.fragments},
                                       {"original_recordings", s.original_recordings},
                                       {"cover_recordings", s.cover_recordings},
                                       {"hums", s.hums},
                                       {"groups", s.groups},
                                       {"smallest_group", s.smallest_group},
                                       {"largest_group", s.largest_group},
                                       {"mean_group", s.mean_group},
                                       {"sung_hours", s.sung_hours},
                                       {"original_hours", s.original_hours},
                                       {"hummed", as_json(s.hummed)},
                                       {"covered", as_json(s.covered)},
                                       {"relevant_hours", s.relevant_hours},
                                       {"uncertain_hours", s.uncertain_hours},
                                       {"accepted", s.accepted},
                                       {"rejected", s.rejected}};
  return json_text(json, 2) + "\n";
}

}  // namespace melomine::regeneration
