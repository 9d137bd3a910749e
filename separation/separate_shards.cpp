#include "separation/separate_shards.h"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/audio_store.h"
#include "datasets/corpus.h"
#include "datasets/ingest_state.h"
#include "separation/checked_vocals.h"

namespace melomine::separation {
namespace {

namespace fs = std::filesystem;
using datasets::AudioShard;
using datasets::Recording;
using datasets::RecordingKind;
using datasets::Rendition;
using datasets::SourceRecord;
using datasets::StoredRecording;

constexpr const char* kSetAsideFile = "set_aside.csv";
constexpr size_t kWarnings = 3;  // failures that are told as they come; all are told at the end

class SeparateJob {
 public:
  SeparateJob(const SeparateConfig& config, const SeparateOptions& options, RunObserver& observer)
      : config_(config), options_(options), observer_(observer), mixes_(config.mixes) {}

  SeparateSummary run();

 private:
  fs::path file(std::string_view name) const { return options_.out / name; }
  fs::path spool(size_t index) const { return file("spool") / fmt::format("{:07}.pcm", index); }
  int64_t length(size_t index) const { return mixes_.at(index).length_samples; }

  [[noreturn]] void refuse(const std::string& what) const;
  bool is_begun();
  bool holds_vocals() const;
  bool is_spooled(size_t index) const;
  void link_mixes() const;
  void find_missing();
  void separate_missing();
  void separate_one(size_t index);
  void set_aside(size_t index, const std::string& reason);
  void write_shard(const std::vector<size_t>& indices);
  void finish() const;
  SeparateSummary summary() const;

  SeparateConfig config_;
  SeparateOptions options_;
  RunObserver& observer_;
  datasets::AudioStore mixes_;
  std::unique_ptr<Separator> separator_;
  std::string inputs_;           // what inputs.json holds
  std::vector<size_t> missing_;  // indices of the mixes that have no voice yet
  int64_t sung_ = 0, hums_ = 0;
  std::mutex mutex_;  // of what follows
  int64_t done_ = 0, separated_ = 0;
  std::map<size_t, std::string> reasons_;  // of those set aside
};

void SeparateJob::refuse(const std::string& what) const {
  throw ConfigError(fmt::format("{}: {}; name another data.shards, or remove the folder to separate anew",
                                options_.out.string(), what));
}

/// @returns whether the folder was begun already, with this separator. One that has made nothing yet gives
/// way.
bool SeparateJob::is_begun() {
  nlohmann::ordered_json wanted = {
      {"schema_version", datasets::kAudioShardVersion},
      {"mixes_sha256", sha256_of_file(config_.mixes / datasets::kIngestDoneFile)},
      {"shard_mib", options_.shard_mib},
      {"separator", config_.separator.type()}};
  const size_t of_mixes = wanted.size() - 1;
  for (const auto& [name, value] : config_.separator->identity()) wanted[name] = value;
  inputs_ = json_text(wanted, 2) + "\n";
  const fs::path path = file(datasets::kIngestInputsFile);
  if (!fs::exists(path)) {
    if (!datasets::shard_files(options_.out).empty())
      refuse("holds shards that `melomine separate` did not begin");
    return false;
  }
  const auto begun = json_if_valid(read_file(path));
  if (!begun || !begun->is_object()) throw DataError(path.string(), "", "is damaged");
  if (!begun->contains("separator")) refuse("was begun by another command, not by `melomine separate`");
  size_t number = 0;
  for (const auto& [key, value] : wanted.items()) {
    const bool of_separator = number++ >= of_mixes;
    const auto before = begun->value(key, nlohmann::ordered_json());
    if (before == value) continue;
    if (of_separator && !holds_vocals()) return false;
    if (key == "mixes_sha256") refuse(config_.mixes.string() + " changed since the folder was begun");
    refuse(fmt::format("{} was {}, now it is {}", key, json_text(before), json_text(value)));
  }
  return true;
}

bool SeparateJob::holds_vocals() const {
  return datasets::shard_files(options_.out).size() > datasets::shard_files(config_.mixes).size() ||
         (fs::exists(file("spool")) && !fs::is_empty(file("spool")));
}

/// The mixes keep their names and their bytes.
void SeparateJob::link_mixes() const {
  for (const fs::path& shard : datasets::shard_files(config_.mixes)) {
    const fs::path here = file(shard.filename().string());
    if (fs::exists(here)) continue;
    std::error_code error;
    fs::create_hard_link(shard, here, error);
    if (!error) continue;
    AtomicFile copy(here);
    fs::copy_file(shard, copy.temporary(), fs::copy_options::overwrite_existing, error);
    if (error) throw DataError(here.string(), "", "cannot copy the mixes: " + error.message());
    copy.commit();
  }
}

void SeparateJob::find_missing() {
  std::unordered_set<std::string> have_vocals;
  for (const fs::path& path : datasets::shard_files(options_.out))
    for (const StoredRecording& stored : AudioShard(path).recordings())
      if (stored.recording.rendition == Rendition::kVocals) have_vocals.insert(stored.recording.recording_id);
  for (size_t i = 0; i < mixes_.size(); ++i) {
    const Recording& recording = mixes_.at(i).recording;
    if (recording.kind == RecordingKind::kHumming) {
      ++hums_;
      continue;
    }
    ++sung_;
    const bool is_stored = have_vocals.contains(recording.recording_id);
    if (!is_stored) missing_.push_back(i);
    if (is_stored || is_spooled(i)) ++done_;
  }
}

void SeparateJob::set_aside(size_t index, const std::string& reason) {
  const std::string& id = mixes_.at(index).recording.recording_id;
  const std::lock_guard guard(mutex_);
  reasons_[index] = reason;
  if (reasons_.size() <= kWarnings)
    log_warning("set aside {}: {}", id, reason);
  else
    log_debug("set aside {}: {}", id, reason);
}

/// A spooled voice is whole: its file appeared by a rename.
bool SeparateJob::is_spooled(size_t index) const {
  return fs::exists(spool(index));
}

void SeparateJob::separate_one(size_t index) {
  throw_if_cancelled();
  const dsp::AudioBuffer mix{mixes_.read_all(index), mixes_.sample_rate_hz()};
  std::optional<std::vector<int16_t>> vocals;
  try {
    vocals = checked_vocals(mix, separator_->separate(mix), config_.length_tolerance_s);
  } catch (const DataError& e) {
    set_aside(index, e.what());
  }
  if (vocals)
    write_file_atomically(spool(index),
                          {reinterpret_cast<const char*>(vocals->data()), vocals->size() * sizeof(int16_t)});
  const std::lock_guard guard(mutex_);
  separated_ += vocals ? 1 : 0;
  observer_.on_progress(++done_, reasons_.empty() ? "" : fmt::format("{} set aside", reasons_.size()));
}

void SeparateJob::write_shard(const std::vector<size_t>& indices) {
  const auto next = static_cast<int64_t>(datasets::shard_files(options_.out).size());
  datasets::AudioShardWriter writer(file(datasets::shard_file_name(next)), mixes_.sample_rate_hz());
  for (const size_t index : indices) {
    if (reasons_.contains(index)) continue;
    const std::string pcm = read_file(spool(index));
    std::vector<int16_t> samples(pcm.size() / sizeof(int16_t));
    std::memcpy(samples.data(), pcm.data(), samples.size() * sizeof(int16_t));
    writer.append(samples);
    StoredRecording stored = mixes_.at(index);
    stored.recording.rendition = Rendition::kVocals;
    writer.finish_recording(std::move(stored));
  }
  if (writer.recordings() == 0) return;
  fs::remove(file(datasets::kIngestDoneFile));  // of a call before, whose missing ones have come
  writer.commit();
  for (const size_t index : indices) fs::remove(spool(index));
}

/// A shard's worth at a time, so that the spool holds no more than that.
void SeparateJob::separate_missing() {
  const auto processors = static_cast<int64_t>(std::max(1u, std::thread::hardware_concurrency()));
  const auto jobs = static_cast<size_t>(options_.jobs > 0 ? options_.jobs : processors);
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  const int64_t limit = options_.shard_mib * 1024 * 1024 / static_cast<int64_t>(sizeof(int16_t));
  for (size_t first = 0; first < missing_.size();) {
    size_t last = first;
    int64_t samples = 0;
    while (last < missing_.size() && (last == first || samples + length(missing_[last]) <= limit))
      samples += length(missing_[last++]);
    arena.execute([&] {
      tbb::parallel_for(
          first, last,
          [&](size_t i) {
            if (!is_spooled(missing_[i])) separate_one(missing_[i]);
          },
          tbb::simple_partitioner());
    });
    write_shard({missing_.begin() + static_cast<std::ptrdiff_t>(first),
                 missing_.begin() + static_cast<std::ptrdiff_t>(last)});
    first = last;
  }
}

/// set_aside.csv; sources.csv, the mixes' own and a row for each voice; DONE.
void SeparateJob::finish() const {
  std::string table = csv_line({"recording_id", "path", "reason"});
  for (const auto& [index, reason] : reasons_) {
    const Recording& recording = mixes_.at(index).recording;
    table += csv_line({recording.recording_id, recording.path, reason});
  }
  write_file_atomically(file(kSetAsideFile), table);

  const fs::path mixes_sources = config_.mixes / datasets::kSourcesFile;
  std::vector<SourceRecord> records = datasets::read_sources(mixes_sources);
  std::vector<Recording> recordings(records.size());
  const CsvTable names = CsvTable::read(mixes_sources);
  for (size_t row = 0; row < records.size(); ++row) {
    recordings[row].recording_id = names.text_or_empty(row, "recording_id");
    recordings[row].path = names.text_or_empty(row, "path");
    records[row].row = static_cast<int64_t>(row);
  }
  const auto shards = datasets::shard_files(options_.out);
  for (size_t i = datasets::shard_files(config_.mixes).size(); i < shards.size(); ++i)
    for (const StoredRecording& stored : AudioShard(shards[i]).recordings()) {
      SourceRecord record;
      record.row = static_cast<int64_t>(recordings.size());
      record.source_sha256 = stored.source_sha256;
      record.length_samples = stored.length_samples;
      record.samples_sha256 = stored.samples_sha256;
      records.push_back(record);
      recordings.push_back(stored.recording);
    }
  datasets::write_sources(file(datasets::kSourcesFile), recordings, records);

  Sha256 hash;
  hash.update(inputs_);
  for (const SourceRecord& record : records)
    hash.update(record.source_sha256 + " " + record.samples_sha256 + "\n");
  write_file_atomically(file(datasets::kIngestDoneFile), hash.finish() + "\n");
}

SeparateSummary SeparateJob::summary() const {
  SeparateSummary s;
  s.recordings = sung_;
  s.hums = hums_;
  s.separated = separated_;
  const auto shards = datasets::shard_files(options_.out);
  s.shards = static_cast<int64_t>(shards.size());
  for (const fs::path& path : shards)
    for (const StoredRecording& stored : AudioShard(path).recordings()) {
      if (stored.recording.rendition != Rendition::kVocals) continue;
      if (stored.recording.kind == RecordingKind::kHumming) continue;
      ++s.with_vocals;
      s.vocals_s += static_cast<double>(stored.length_samples) / mixes_.sample_rate_hz();
    }
  for (const auto& [index, reason] : reasons_) {
    const Recording& recording = mixes_.at(index).recording;
    s.set_aside.push_back({recording.recording_id, reason, recording.path});
  }
  return s;
}

SeparateSummary SeparateJob::run() {
  make_folder(options_.out);
  const FolderLock lock(options_.out);
  const fs::path scratch = file("scratch");
  if (!is_begun()) {
    separator_ = config_.separator->make({scratch});  // what it lacks is told before anything is begun
    write_file_atomically(file(datasets::kIngestInputsFile), inputs_);
  }
  link_mixes();
  find_missing();
  if (missing_.empty() && fs::exists(file(datasets::kIngestDoneFile))) {
    SeparateSummary nothing_new = summary();
    nothing_new.already_done = true;
    return nothing_new;
  }
  fs::remove_all(scratch);  // what a killed call left there
  make_folder(scratch);
  make_folder(file("spool"));
  if (!separator_) separator_ = config_.separator->make({scratch});
  observer_.on_stage_begin("separate", sung_, "recordings");
  separate_missing();
  finish();
  fs::remove_all(scratch);
  fs::remove_all(file("spool"));
  SeparateSummary result = summary();
  observer_.on_stage_end(fmt::format("{} of {} recordings have vocals, {} set aside", result.with_vocals,
                                     result.recordings, result.set_aside.size()));
  return result;
}

void check(const SeparateConfig& config, const SeparateOptions& options) {
  if (options.jobs < 0) throw ConfigError(fmt::format("[separate] jobs must be >= 0, got {}", options.jobs));
  if (options.shard_mib < 1)
    throw ConfigError(fmt::format("[separate] shard_mib must be >= 1, got {}", options.shard_mib));
  if (config.mixes.empty())
    throw ConfigError("separate.mixes is empty; name the folder that `melomine ingest` wrote");
  if (options.out.empty())
    throw ConfigError("data.shards is empty; name the folder that `melomine separate` shall write");
  if (fs::weakly_canonical(fs::absolute(config.mixes)) == fs::weakly_canonical(fs::absolute(options.out)))
    throw ConfigError(
        fmt::format("separate.mixes and data.shards are both {}; the separated shards need a folder of "
                    "their own",
                    options.out.string()));
  datasets::Corpus::require_ingested(config.mixes.string());
}

}  // namespace

SeparateSummary separate_shards(const SeparateConfig& config, const SeparateOptions& options,
                                RunObserver& observer) {
  check(config, options);
  return SeparateJob(config, options, observer).run();
}

}  // namespace melomine::separation
