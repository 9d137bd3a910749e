#include "regeneration/wanted.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"

namespace melomine::regeneration {
namespace {

using datasets::FragmentRow;
using datasets::RecordingKind;

constexpr size_t kLongestName =
    200;  // bytes; file systems take 255, an extension and a temporary's suffix are added
constexpr size_t kFaultsTold = 20;

/// Collects faults and tells the first of them together.
class Faults {
 public:
  explicit Faults(const std::filesystem::path& table) : table_(table.string()) {}
  void add(int line, const std::string& what) {
    if (++count_ <= kFaultsTold)
      text_ += fmt::format("{}{}: line {}: {}", text_.empty() ? "" : "\n", table_, line, what);
  }
  void throw_any() const {
    if (count_ == 0) return;
    throw DataError(count_ <= kFaultsTold ? text_
                                          : fmt::format("{}\n… {} more faults", text_, count_ - kFaultsTold));
  }

 private:
  std::string table_, text_;
  size_t count_ = 0;
};

void check_names(const FragmentRow& row, Faults& faults) {
  const auto check = [&](const char* column, const std::string& name, bool may_be_empty) {
    if (name.empty() && may_be_empty) return;
    const std::string fault = fault_of_name(name);
    if (!fault.empty()) faults.add(row.line, fmt::format("{} '{}' {}", column, name, fault));
  };
  check("group_id", row.group_id, false);
  check("fragment_id", row.fragment_id, true);
  check("id", row.id, false);
  check("youtube_id", row.youtube_id, true);
  check("recording_id", row.recording_id, true);
}

bool same_fragment(const FragmentRow& a, const FragmentRow& b) {
  return a.audio_type == b.audio_type && a.youtube_id == b.youtube_id &&
         a.interval.start_s == b.interval.start_s && a.interval.end_s == b.interval.end_s &&
         a.recording_id == b.recording_id;
}

/// People's hums have no recording beside the fragment itself.
bool is_archived_hum(const FragmentRow& row) {
  return row.audio_type == RecordingKind::kHumming && row.youtube_id.empty() && row.recording_id.empty();
}

std::string source_id(const FragmentRow& row) {
  if (is_archived_hum(row)) return (std::filesystem::path(row.group_id) / row.fragment_id / row.id).string();
  if (!row.youtube_id.empty()) return row.youtube_id;
  return row.recording_id.empty() ? row.id : row.recording_id;
}

/// Rows without those that are said twice.
void settle_repeats(WantedFragments& wanted, std::vector<FragmentRow> rows, Faults& faults) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, size_t> first;
  std::unordered_set<std::string_view> ids;
  std::vector<bool> kept(rows.size(), true);
  for (size_t i = 0; i < rows.size(); ++i) {
    const FragmentRow& row = rows[i];
    const auto [place, is_new] =
        first.emplace(std::tuple(std::string_view(row.group_id), std::string_view(row.fragment_id),
                                 std::string_view(row.id)),
                      i);
    if (is_new) {
      wanted.ids_are_unique = ids.insert(row.id).second && wanted.ids_are_unique;
      continue;
    }
    kept[i] = false;
    if (same_fragment(row, rows[place->second]))
      ++wanted.repeated;
    else
      faults.add(row.line, fmt::format("id '{}' of group {} names another fragment in line {}", row.id,
                                       row.group_id, rows[place->second].line));
  }
  for (size_t i = 0; i < rows.size(); ++i)
    if (kept[i]) wanted.rows.push_back(std::move(rows[i]));
}

}  // namespace

std::string fault_of_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kLongestName) return fmt::format("is longer than {} bytes", kLongestName);
  if (name == "." || name == "..") return "is a folder";
  if (name.find('/') != std::string_view::npos || name.find('\\') != std::string_view::npos)
    return "has a slash: it may not name a folder";
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return "has a control character";
  if (name.front() == '=' || name.front() == '+' || name.front() == '@')
    return fmt::format("begins with '{}', a formula to spreadsheets", name.front());
  if (name.front() == '~' || name.front() == ' ' || name.back() == ' ')
    return "begins or ends as no file's name should";
  return {};
}

std::filesystem::path fragment_path(const FragmentRow& row) {
  std::filesystem::path path = row.group_id;
  if (!row.fragment_id.empty()) path /= row.fragment_id;
  return path / (row.id + ".flac");
}

WantedFragments read_wanted(const std::filesystem::path& table) {
  WantedFragments wanted;
  wanted.table = table;
  Faults faults(table);
  std::vector<FragmentRow> rows = datasets::read_fragment_table(table);
  for (const FragmentRow& row : rows) check_names(row, faults);
  settle_repeats(wanted, std::move(rows), faults);
  faults.throw_any();
  if (wanted.rows.empty()) throw DataError(table.string(), "", "has no rows");
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < wanted.rows.size(); ++i) {
    const FragmentRow& row = wanted.rows[i];
    const bool is_archived = is_archived_hum(row);
    const auto [place, is_new] = index.emplace(source_id(row), wanted.sources.size());
    if (is_new)
      wanted.sources.push_back({.id = place->first,
                                .other_id = is_archived || row.youtube_id.empty() ? "" : row.recording_id,
                                .is_archived = is_archived,
                                .end_s = 0,
                                .rows = {}});
    WantedSource& source = wanted.sources[place->second];
    source.rows.push_back(i);
    if (!is_archived) source.end_s = std::max(source.end_s, row.interval.end_s);
  }
  return wanted;
}

}  // namespace melomine::regeneration
