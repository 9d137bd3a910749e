#include "evaluation/query_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/csv.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "dsp/decode.h"
#include "dsp/midi.h"

namespace melomine::evaluation {
namespace {

namespace fs = std::filesystem;

std::string place(const CsvTable& table, size_t row) {
  return fmt::format("{}: line {}", table.name(), table.line(row));
}

/// The file a row names. @throws DataError when it is not there, unless such are left out later
fs::path file_of(const CsvTable& table, size_t row, std::string_view column, BrokenItems broken) {
  const std::string& name = table.text(row, column);
  if (name.empty()) table.fail(row, fmt::format("{} is empty", column));
  fs::path path = fs::path(table.name()).parent_path() / name;  // an absolute name stands for itself
  std::error_code ignored;
  if (broken == BrokenItems::kAreErrors && !fs::is_regular_file(path, ignored))
    table.fail(row, fmt::format("no such file: {}; {}", path.string(), kKeepGoingRemedy));
  return path;
}

/// The ids of a cell, separated by semicolons.
std::vector<std::string> ids_of(const std::string& cell) {
  std::vector<std::string> ids;
  for (size_t begin = 0; begin <= cell.size();) {
    const size_t end = std::min(cell.find(';', begin), cell.size());
    const size_t first = cell.find_first_not_of(' ', begin);
    if (first < end) ids.push_back(cell.substr(first, cell.find_last_not_of(' ', end - 1) + 1 - first));
    begin = end + 1;
  }
  return ids;
}

bool holds(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

ReferenceTable read_table(const fs::path& path, BrokenItems broken) {
  const CsvTable table = CsvTable::read(path);
  table.require({"reference_id", "path"});
  if (table.size() == 0) throw DataError(path.string(), "", "the table has no references");
  ReferenceTable references;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string& id = table.text(row, "reference_id");
    if (id.empty()) table.fail(row, "reference_id is empty");
    references.entries.push_back({.reference_id = id,
                                  .path = file_of(table, row, "path", broken),
                                  .also = ids_of(table.text_or_empty(row, "also")),
                                  .title = table.text_or_empty(row, "title"),
                                  .table = place(table, row)});
  }
  return references;
}

/// What is named as audio is taken without a look at its content, so that a broken file or a dead link is an
/// error and not a reference less. Other things than files are not opened: a pipe would never end.
bool is_audio_or_midi(const fs::path& path, fs::file_status status) {
  const bool is_file = fs::is_regular_file(status);
  if (!is_file && fs::exists(status)) return false;
  if (dsp::has_audio_name(path) || dsp::has_midi_name(path)) return true;
  return is_file && (dsp::is_midi(path) || dsp::holds_audio(path));
}

ReferenceTable read_folder(const fs::path& folder, BrokenItems broken) {
  if (fs::exists(folder / kReferencesTable)) return read_table(folder / kReferencesTable, broken);
  ReferenceTable references;
  for (const fs::path& file : list_folder(folder)) {
    std::error_code ignored;  // of a link that leads nowhere or in a circle the status tells all
    const fs::file_status status = fs::status(file, ignored);
    if (!is_audio_or_midi(file, status)) {
      references.left_out.push_back(file.string() + (fs::is_directory(status) ? "/" : ""));
      continue;
    }
    if (broken == BrokenItems::kAreErrors && !fs::exists(status))
      throw DataError(file.string(), "", fmt::format("is a link to no file; {}", kKeepGoingRemedy));
    references.entries.push_back(
        {.reference_id = dsp::name_of_audio(file), .path = file, .also = {}, .table = file.string()});
  }
  if (references.entries.empty())
    throw DataError(folder.string(), "", "the folder holds no audio or MIDI file");
  return references;
}

void check_groups(const QueryTable& table) {
  std::map<std::string, int> members;
  for (const QueryEntry& entry : table.queries) ++members[entry.group];
  for (const QueryEntry& entry : table.queries) {
    if (members[entry.group] < 2)
      throw DataError(fmt::format("{}: '{}' is the only query of group '{}', so nothing can be found for it",
                                  entry.table, entry.query, entry.group));
  }
}

/// Takes `leave_out` out of the references.
void drop(std::vector<ReferenceEntry>& references, const std::vector<std::string>& leave_out) {
  for (const std::string& id : leave_out) {
    std::vector<std::string> known;
    known.reserve(references.size());
    for (const ReferenceEntry& entry : references) known.push_back(entry.reference_id);
    if (holds(known, id)) continue;
    const std::string nearest = nearest_name(id, known);
    throw ConfigError(fmt::format("leave_out: reference_id '{}' is not in the references{}", id,
                                  nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
  }
  std::erase_if(references,
                [&](const ReferenceEntry& entry) { return holds(leave_out, entry.reference_id); });
  if (references.empty()) throw ConfigError("leave_out: no reference is left");
}

}  // namespace

ReferenceTable read_references(const std::vector<fs::path>& tables, const Omissions& omissions) {
  ReferenceTable all;
  std::map<std::string, std::string> places;
  for (const fs::path& table : tables) {
    ReferenceTable one =
        fs::is_directory(table) ? read_folder(table, omissions.broken) : read_table(table, omissions.broken);
    for (ReferenceEntry& entry : one.entries) {
      const auto [first, fresh] = places.emplace(entry.reference_id, entry.table);
      if (!fresh)
        throw DataError(fmt::format("{}: reference_id '{}' was given before, at {}", entry.table,
                                    entry.reference_id, first->second));
      all.entries.push_back(std::move(entry));
    }
    all.left_out.insert(all.left_out.end(), one.left_out.begin(), one.left_out.end());
  }
  for (const ReferenceEntry& entry : all.entries)
    for (const std::string& id : entry.also)
      if (!places.contains(id))
        throw DataError(fmt::format("{}: also names '{}', which is not in the references", entry.table, id));
  if (!omissions.leave_out.empty()) drop(all.entries, omissions.leave_out);
  return all;
}

QueryTable read_queries(const fs::path& path, MatchQueriesWith match,
                        const std::vector<ReferenceEntry>& references, const Omissions& omissions) {
  const CsvTable table = CsvTable::read(path);
  table.require({"query"});
  if (!table.has("reference_id") && !table.has("group"))
    throw DataError(path.string(), "", "the table needs a column reference_id or a column group");
  if (table.size() == 0) throw DataError(path.string(), "", "the table has no queries");
  std::set<std::string> known;
  for (const ReferenceEntry& reference : references) known.insert(reference.reference_id);
  std::map<std::string, int> lines;
  QueryTable result;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string& query = table.text(row, "query");
    QueryEntry entry{.query = query,
                     .path = file_of(table, row, "query", omissions.broken),
                     .reference_id = table.text_or_empty(row, "reference_id"),
                     .also = {},
                     .group = table.text_or_empty(row, "group"),
                     .song = {},
                     .table = place(table, row)};
    entry.song = entry.group.empty() ? entry.reference_id : entry.group;
    const auto [first, fresh] = lines.emplace(query, table.line(row));
    if (!fresh) table.fail(row, fmt::format("query '{}' was given before, in line {}", query, first->second));
    if (entry.reference_id.empty() && entry.group.empty())
      table.fail(row, fmt::format("query '{}' has neither a reference_id nor a group", query));
    if (match == MatchQueriesWith::kEachOther) {
      if (entry.group.empty())
        table.fail(row, fmt::format("query '{}' has no group; to find its reference_id '{}', give references",
                                    query, entry.reference_id));
      entry.reference_id.clear();
    } else {
      if (!table.has("reference_id"))
        throw DataError(path.string(), "", "has no column reference_id to find in the references");
      if (entry.reference_id.empty() || holds(omissions.leave_out, entry.reference_id)) {
        result.left_out.push_back(query);
        continue;
      }
      if (!known.contains(entry.reference_id))
        table.fail(row, fmt::format("reference_id '{}' of query '{}' is not in the references",
                                    entry.reference_id, query));
      for (const std::string& id : ids_of(table.text_or_empty(row, "also"))) {
        if (known.contains(id))
          entry.also.push_back(id);
        else if (!holds(omissions.leave_out, id))
          table.fail(
              row, fmt::format("also names '{}' for query '{}', which is not in the references", id, query));
      }
      entry.group.clear();
    }
    result.queries.push_back(std::move(entry));
  }
  if (result.queries.empty()) throw DataError(path.string(), "", "no query has a reference_id");
  if (match == MatchQueriesWith::kEachOther) check_groups(result);
  return result;
}

}  // namespace melomine::evaluation
