#include "regeneration/regenerate.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "core/processors.h"
#include "core/sha256.h"
#include "datasets/ingest.h"
#include "datasets/ingest_state.h"
#include "regeneration/found_audio.h"
#include "regeneration/regenerated_tables.h"
#include "regeneration/source_journal.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSettingsFile = "regeneration.json";
constexpr const char* kJournalFile = "recordings.jsonl";
constexpr const char* kShardsOfFile = "shards.sha256";  // of the table that they were made of

void check(const RegenerateOptions& o) {
  if (o.out.empty()) throw ConfigError("[regenerate] needs a folder to write to");
  if (o.cut.sample_rate_hz < 1000 || o.cut.sample_rate_hz > 192000)
    throw ConfigError("[regenerate] sample_rate must be from 1000 to 192000 Hz");
  if (!(o.cut.tolerance_s >= 0)) throw ConfigError("[regenerate] tolerance_s must be >= 0");
  if (o.draw.validation < 0 || o.draw.test < 0 || o.draw.validation + o.draw.test > 1)
    throw ConfigError(
        "[regenerate] the shares of validation and test songs must be >= 0 and at most 1 together");
  if (o.jobs < 0) throw ConfigError("[regenerate] jobs must be >= 0");
}

/// A folder holds the fragments of one table, cut in one way.
void settle_settings(const std::filesystem::path& table, const RegenerateOptions& o) {
  const nlohmann::ordered_json now = {{"table_sha256", sha256_of_file(table)},
                                      {"sample_rate_hz", o.cut.sample_rate_hz},
                                      {"tolerance_s", o.cut.tolerance_s}};
  const fs::path file = o.out / kSettingsFile;
  if (!fs::exists(file)) {
    write_file_atomically(file, json_text(now, 2) + "\n");
    return;
  }
  const auto before = json_if_valid(read_file(file));
  if (before && *before == now) return;
  std::string changed;
  for (const auto& [key, value] : now.items())
    if (!before || !before->contains(key) || (*before)[key] != value)
      changed += (changed.empty() ? "" : ", ") + key;
  throw ConfigError(fmt::format("{}: was begun with another {}; name another folder, or remove this one",
                                o.out.string(), changed));
}

/// One call of `regenerate`.
class Regeneration {
 public:
  Regeneration(const RegenerateOptions& options, const WantedFragments& wanted, RunObserver& observer)
      : options_(options),
        observer_(observer),
        wanted_(wanted),
        found_(options.audio, options.hums),
        journal_(options.out / kJournalFile) {}

  RegenerateSummary run() {
    cut_all();
    const std::vector<RowFate> fates = fates_of_rows();
    RegenerateSummary summary;
    summary.availability = write_tables(wanted_, fates, missing_, options_);
    summary.cut_now = cut_now_;
    summary.missing = options_.out / kMissingTable;
    if (options_.shards && summary.availability.fragments.had > 0) ingest_fragments();
    return summary;
  }

 private:
  fs::path fragments() const { return options_.out / kFragmentsFolder; }

  bool is_cut(const WantedSource& source, const SourceFate& fate) const {
    if (!fate.reason.empty()) return true;
    return std::all_of(source.rows.begin(), source.rows.end(), [&](size_t row) {
      return is_short(fate, wanted_.rows[row]) || fs::exists(fragments() / fragment_path(wanted_.rows[row]));
    });
  }

  static bool is_short(const SourceFate& fate, const datasets::FragmentRow& row) {
    return std::find(fate.short_ids.begin(), fate.short_ids.end(), fragment_path(row).string()) !=
           fate.short_ids.end();
  }

  void cut(const WantedSource& source, const fs::path& audio) {
    const datasets::FileStamp stamp = datasets::stamp_of(audio);
    const SourceFate* before = journal_.find(source.id);
    if (before != nullptr && before->bytes == stamp.bytes && before->modified_ns == stamp.modified_ns &&
        is_cut(source, *before))
      return;
    const CutSource result = cut_fragments(wanted_, source, audio, fragments(), options_.cut);
    SourceFate fate{.id = source.id,
                    .path = audio.string(),
                    .bytes = stamp.bytes,
                    .modified_ns = stamp.modified_ns,
                    .duration_s = result.duration_s,
                    .reason = result.reason,
                    .short_ids = {}};
    for (const size_t row : result.short_rows)
      fate.short_ids.push_back(fragment_path(wanted_.rows[row]).string());
    journal_.append(std::move(fate));
    ++cut_now_;
  }

  void cut_all() {
    const auto& sources = wanted_.sources;
    observer_.on_stage_begin("regenerate", static_cast<int64_t>(sources.size()), "recordings");
    std::mutex mutex;
    int64_t done = 0, absent = 0;
    const int threads = options_.jobs > 0 ? static_cast<int>(options_.jobs) : usable_processors();
    tbb::task_arena(threads).execute([&] {
      tbb::parallel_for(size_t{0}, sources.size(), [&](size_t s) {
        throw_if_cancelled();
        const fs::path audio = found_.find(sources[s]);
        if (!audio.empty()) cut(sources[s], audio);
        const std::lock_guard lock(mutex);
        absent += audio.empty() ? 1 : 0;
        observer_.on_progress(++done, fmt::format("{} absent", absent));
      });
    });
    observer_.on_stage_end(fmt::format("{} recordings, {} of them absent", sources.size(), absent));
  }

  /// What there is of each row: recordings may be removed once they are cut.
  std::vector<RowFate> fates_of_rows() {
    std::vector<RowFate> fates(wanted_.rows.size());
    for (const WantedSource& source : wanted_.sources) {
      const fs::path audio = found_.find(source);
      const SourceFate* fate = journal_.find(source.id);
      if (fate != nullptr && audio.empty() && !is_cut(source, *fate)) fate = nullptr;
      const std::string reason = fate == nullptr ? "no such recording in the folders of audio" : fate->reason;
      size_t had = 0;
      for (const size_t row : source.rows) {
        RowFate& of_row = fates[row];
        of_row.is_had = fate != nullptr && fate->reason.empty() && !is_short(*fate, wanted_.rows[row]);
        if (of_row.is_had) {
          const TimeInterval& interval = wanted_.rows[row].interval;
          of_row.duration_s = source.is_archived
                                  ? fate->duration_s
                                  : std::min(interval.end_s, fate->duration_s) - interval.start_s;
        }
        had += of_row.is_had ? 1 : 0;
      }
      if (had < source.rows.size())
        missing_.push_back({.source = &source,
                            .fragments = static_cast<int64_t>(source.rows.size() - had),
                            .reason = !reason.empty() ? reason
                                                      : fmt::format("has {:.2f} s, fragments end behind that",
                                                                    fate->duration_s),
                            .is_absent = fate == nullptr,
                            .has_some = had > 0});
    }
    return fates;
  }

  void ingest_fragments() {
    datasets::IngestOptions ingest;
    ingest.songs_table = options_.out / kFragmentSongs;
    // Shards are of one table: where recordings have come since, they are made anew.
    const fs::path of = options_.out / kShardsOfFile;
    const std::string table = sha256_of_file(ingest.songs_table) + "\n";
    if (!fs::exists(of) || read_file(of) != table) {
      fs::remove_all(options_.out / kShardsFolder);
      write_file_atomically(of, table);
    }
    ingest.out = options_.out / kShardsFolder;
    ingest.jobs = options_.jobs;
    ingest.sample_rate_hz = options_.cut.sample_rate_hz;
    datasets::ingest(ingest, observer_);
  }

  const RegenerateOptions& options_;
  RunObserver& observer_;
  const WantedFragments& wanted_;
  FoundAudio found_;
  SourceJournal journal_;
  std::vector<MissingSource> missing_;
  std::atomic<int64_t> cut_now_ = 0;
};

}  // namespace

RegenerateSummary regenerate(const WantedFragments& wanted, const RegenerateOptions& options,
                             RunObserver& observer) {
  check(options);
  make_folder(options.out);
  const FolderLock lock(options.out);
  settle_settings(wanted.table, options);
  return Regeneration(options, wanted, observer).run();
}

}  // namespace melomine::regeneration
