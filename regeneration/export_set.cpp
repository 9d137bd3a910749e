#include "regeneration/export_set.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "datasets/audio_store.h"
#include "dsp/encode.h"
#include "regeneration/regenerate.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {
namespace {

using datasets::FragmentRow;
using datasets::Verdict;

/// A mined group is called SONG_rRR_FF, CHAD's has the song and the part of it apart.
void part_from_song(FragmentRow& row, const std::string& song) {
  const std::string prefix = song + "_";
  if (row.group_id != song) {
    const std::string part =
        row.group_id.starts_with(prefix) ? row.group_id.substr(prefix.size()) : row.group_id;
    row.fragment_id =
        row.group_id.starts_with(prefix) || row.fragment_id.empty() ? part : part + "_" + row.fragment_id;
  }
  row.group_id = song;
}

/// Rows of all tables in CHAD's form, in order.
class Collected {
 public:
  Collected(const ExportOptions& options, const datasets::AudioStore& store)
      : options_(options), store_(store) {
    for (const auto& table : options.tables) {
      std::vector<FragmentRow> of_table = datasets::read_fragment_table(table);
      if (options.judge) options.judge(table, of_table);
      for (FragmentRow& row : of_table) take(std::move(row));
    }
    leave_out_lonely();
  }

  std::vector<FragmentRow> rows;
  int64_t repeated = 0, absent = 0, rejected = 0;

 private:
  void take(FragmentRow row) {
    rejected += row.verdict == Verdict::kRejected ? 1 : 0;
    if (row.verdict == Verdict::kRejected || (row.verdict == Verdict::kUncertain && !options_.uncertain))
      return;
    if (row.recording_id.empty()) row.recording_id = row.id;
    const int64_t index = store_.find(row.recording_id);
    if (index < 0) {
      ++absent;
      return;
    }
    const datasets::Recording& recording = store_.at(static_cast<size_t>(index)).recording;
    const double length_s =
        static_cast<double>(store_.at(static_cast<size_t>(index)).length_samples) / store_.sample_rate_hz();
    row.interval.end_s = std::min(row.interval.end_s, length_s);
    row.duration_s = row.interval.duration_s();
    if (row.youtube_id.empty()) row.youtube_id = recording.youtube_id;
    part_from_song(row, group_song(row, recording));
    row.path.clear();
    row.id = fmt::format("{}_{}_{}", row.group_id, row.fragment_id, row.recording_id);
    // A cover may have a part of the song several times.
    const int times = ++times_[row.id];
    const auto [at, is_new] = seen_.insert({row.id, row.interval.start_s, row.interval.end_s});
    if (!is_new) {
      ++repeated;
      return;
    }
    if (times > 1) row.id += fmt::format("_{}", times);
    rows.push_back(std::move(row));
  }

  /// Of a group that holds a recording filed under another song, the original's song counts.
  std::string group_song(const FragmentRow& row, const datasets::Recording& recording) {
    const std::string key = row.group_id + "/" + row.fragment_id;
    if (row.audio_type == datasets::RecordingKind::kOriginal) song_of_group_.emplace(key, recording.song_id);
    const auto found = song_of_group_.find(key);
    return found == song_of_group_.end() ? recording.song_id : found->second;
  }

  /// Groups of one fragment align nothing.
  void leave_out_lonely() {
    std::map<std::pair<std::string, std::string>, int64_t> sizes;
    for (const FragmentRow& row : rows) ++sizes[{row.group_id, row.fragment_id}];
    std::erase_if(rows, [&](const FragmentRow& row) { return sizes[{row.group_id, row.fragment_id}] < 2; });
  }

  const ExportOptions& options_;
  const datasets::AudioStore& store_;
  std::map<std::string, std::string> song_of_group_;
  std::map<std::string, int> times_;
  std::set<std::tuple<std::string, double, double>> seen_;
};

/// As cut_fragments does: samples round(start · rate) to round(end · rate), as far as the recording has them.
void write_fragments(const std::vector<FragmentRow>& rows, const datasets::AudioStore& store,
                     const std::filesystem::path& folder, RunObserver& observer) {
  observer.on_stage_begin("export", static_cast<int64_t>(rows.size()), "fragments");
  const int rate_hz = store.sample_rate_hz();
  int64_t done = 0;
  for (const FragmentRow& row : rows) {
    throw_if_cancelled();
    const auto index = static_cast<size_t>(store.find(row.recording_id));
    const int64_t begin = std::llround(row.interval.start_s * rate_hz);
    const int64_t end = std::min(store.at(index).length_samples,
                                 static_cast<int64_t>(std::llround(row.interval.end_s * rate_hz)));
    const std::filesystem::path file = folder / fragment_path(row);
    make_folder(file.parent_path());
    dsp::write_flac(file, {.samples = store.read(index, begin, end - begin), .sample_rate_hz = rate_hz});
    observer.on_progress(++done, "");
  }
  observer.on_stage_end(fmt::format("{} fragments", done));
}

}  // namespace

ExportSummary export_set(const ExportOptions& options, RunObserver& observer) {
  if (options.tables.empty())
    throw ConfigError("[export] needs a fragment table: mined.csv of a round, or a table of hums");
  const datasets::AudioStore store(options.shards);
  const Collected collected(options, store);
  if (collected.rows.empty())
    throw DataError(options.tables.front().string(), "",
                    "has no group of two fragments whose recordings are in " + options.shards.string());
  for (const FragmentRow& row : collected.rows)
    for (const std::string* name : {&row.group_id, &row.fragment_id, &row.id})
      if (const std::string fault = fault_of_name(*name); !fault.empty())
        throw DataError(options.shards.string(), "",
                        fmt::format("'{}' cannot name a file: it {}", *name, fault));
  make_folder(options.out);
  const FolderLock lock(options.out);
  if (options.fragments) write_fragments(collected.rows, store, options.out / kFragmentsFolder, observer);
  ExportSummary summary{
      .datasheet = datasheet_of(collected.rows), .repeated = collected.repeated, .absent = collected.absent};
  summary.datasheet.rejected += collected.rejected;
  datasets::write_fragment_table(options.out / kRegeneratedTable, collected.rows,
                                 datasets::TableColumns::kChadWithProvenance);
  write_file_atomically(options.out / "datasheet.md", datasheet_page(summary.datasheet, options.name));
  write_file_atomically(options.out / "datasheet.json", datasheet_json(summary.datasheet, options.name));
  return summary;
}

}  // namespace melomine::regeneration
