#include "datasets/derived_shards.h"

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
#include <string_view>
#include <unordered_set>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/processors.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/corpus.h"
#include "datasets/ingest_state.h"

namespace melomine::datasets {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBaseKey = "base_sha256";
constexpr const char* kCommandKey = "command_of_melomine";
constexpr size_t kWarnings = 3;  // failures that are told as they come; all are listed at the end

std::string plain_text(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

class Derivation {
 public:
  Derivation(const DerivedJob& job, RunObserver& observer)
      : job_(job), observer_(observer), base_(job.base, job.heard) {}

  DerivedSummary run();

 private:
  /// A recording to be made.
  struct Item {
    size_t index;  // of the base
    Recording recording;
  };

  fs::path file(std::string_view name) const { return job_.out / name; }
  fs::path spool(const Item& item) const { return file("spool") / fmt::format("{:07}.pcm", item.index); }
  /// A spooled recording is whole: its file appeared by a rename.
  bool is_spooled(const Item& item) const { return fs::exists(spool(item)); }
  size_t shards_of_base() const { return shard_files(job_.base).size(); }

  [[noreturn]] void refuse(const std::string& what) const;
  bool is_begun();
  bool holds_made_ones() const;
  void link_base() const;
  void find_missing();
  void make_missing();
  void make(const Item& item);
  void write_shard(size_t first, size_t last);
  void finish() const;
  DerivedSummary summary() const;

  const DerivedJob& job_;
  RunObserver& observer_;
  AudioStore base_;
  std::string inputs_;         // what inputs.json holds
  std::vector<Item> missing_;  // of the out folder's shards
  int64_t wanted_ = 0, passed_ = 0;
  std::mutex mutex_;  // of what follows
  int64_t done_ = 0, made_ = 0;
  std::map<size_t, SetAside> set_aside_;  // by index of the base
};

void Derivation::refuse(const std::string& what) const {
  throw ConfigError(
      fmt::format("{}: {}; name another folder, or remove this one to begin anew", job_.out.string(), what));
}

/// Whether the folder was begun already, and is to become the same. One that holds nothing made yet gives
/// way to another identity.
bool Derivation::is_begun() {
  nlohmann::ordered_json wanted = {{"schema_version", kAudioShardVersion},
                                   {kCommandKey, job_.command},
                                   {kBaseKey, sha256_of_file(job_.base / kIngestDoneFile)},
                                   {"shard_mib", job_.shard_mib}};
  const size_t of_folder = wanted.size();
  for (const auto& [name, value] : job_.identity) wanted[name] = value;
  inputs_ = json_text(wanted, 2) + "\n";
  const fs::path path = file(kIngestInputsFile);
  if (!fs::exists(path)) {
    if (!shard_files(job_.out).empty())
      refuse(fmt::format("holds shards that `melomine {}` did not begin", job_.command));
    return false;
  }
  const auto begun = json_if_valid(read_file(path));
  if (!begun || !begun->is_object()) throw DataError(path.string(), "", "is damaged");
  if (begun->value(kCommandKey, "") != job_.command)
    refuse(fmt::format("was begun by another command than `melomine {}`", job_.command));
  size_t number = 0;
  for (const auto& [key, value] : wanted.items()) {
    const bool of_identity = number++ >= of_folder;
    const auto before = begun->value(key, nlohmann::ordered_json());
    if (before == value) continue;
    if (key == kBaseKey) refuse(job_.base.string() + " changed since the folder was begun");
    if (of_identity && !holds_made_ones()) return false;
    refuse(fmt::format("{} was {}, now it is {}", key, plain_text(before), plain_text(value)));
  }
  return true;
}

bool Derivation::holds_made_ones() const {
  return shard_files(job_.out).size() > shards_of_base() ||
         (fs::exists(file("spool")) && !fs::is_empty(file("spool")));
}

/// The base's shards keep their names and bytes.
void Derivation::link_base() const {
  for (const fs::path& shard : shard_files(job_.base)) {
    const fs::path here = file(shard.filename().string());
    if (fs::exists(here)) continue;
    std::error_code error;
    fs::create_hard_link(shard, here, error);
    if (!error) continue;
    AtomicFile copy(here);
    fs::copy_file(shard, copy.temporary(), fs::copy_options::overwrite_existing, error);
    if (error) throw DataError(here.string(), "", "cannot copy the shard: " + error.message());
    copy.commit();
  }
}

void Derivation::find_missing() {
  std::unordered_set<std::string> present;
  for (const fs::path& path : shard_files(job_.out)) {
    const AudioShard shard(path);
    for (const StoredRecording& stored : shard.recordings()) present.insert(stored.recording.key());
  }
  for (size_t i = 0; i < base_.size(); ++i) {
    std::optional<Recording> recording = job_.derived_of(base_.at(i));
    if (!recording) {
      ++passed_;
      continue;
    }
    ++wanted_;
    const bool is_stored = present.contains(recording->key());
    if (is_stored) {
      ++done_;
      continue;
    }
    missing_.push_back({i, std::move(*recording)});
    done_ += is_spooled(missing_.back()) ? 1 : 0;
  }
}

void Derivation::make(const Item& item) {
  throw_if_cancelled();
  const dsp::AudioBuffer audio{base_.read_all(item.index), base_.sample_rate_hz()};
  std::optional<std::vector<int16_t>> samples;
  std::string reason;
  try {
    samples = job_.make(audio, base_.at(item.index));
  } catch (const DataError& e) {
    reason = e.what();
  }
  if (samples)
    write_file_atomically(
        spool(item), {reinterpret_cast<const char*>(samples->data()), samples->size() * sizeof(int16_t)});
  const std::lock_guard guard(mutex_);
  if (samples) {
    ++made_;
  } else {
    set_aside_[item.index] = {item.recording.recording_id, reason, item.recording.path};
    if (set_aside_.size() <= kWarnings) log_warning("set aside {}: {}", item.recording.recording_id, reason);
  }
  observer_.on_progress(++done_, set_aside_.empty() ? "" : fmt::format("{} set aside", set_aside_.size()));
}

void Derivation::write_shard(size_t first, size_t last) {
  const auto next = static_cast<int64_t>(shard_files(job_.out).size());
  AudioShardWriter writer(file(shard_file_name(next)), base_.sample_rate_hz());
  for (size_t i = first; i < last; ++i) {
    const Item& item = missing_[i];
    if (set_aside_.contains(item.index)) continue;
    const std::string pcm = read_file(spool(item));
    std::vector<int16_t> samples(pcm.size() / sizeof(int16_t));
    std::memcpy(samples.data(), pcm.data(), samples.size() * sizeof(int16_t));
    writer.append(samples);
    StoredRecording stored = base_.at(item.index);
    stored.recording = item.recording;
    writer.finish_recording(std::move(stored));
  }
  if (writer.recordings() == 0) return;
  fs::remove(file(kIngestDoneFile));  // of a call before, which set these aside
  writer.commit();
  for (size_t i = first; i < last; ++i) fs::remove(spool(missing_[i]));
}

/// A shard's worth at a time, so that the spool holds no more than that.
void Derivation::make_missing() {
  const auto jobs = static_cast<size_t>(job_.jobs > 0 ? job_.jobs : usable_processors());
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  const int64_t limit = job_.shard_mib * 1024 * 1024 / static_cast<int64_t>(sizeof(int16_t));
  const auto length = [&](size_t i) { return base_.at(missing_[i].index).length_samples; };
  for (size_t first = 0; first < missing_.size();) {
    size_t last = first;
    int64_t samples = 0;
    while (last < missing_.size() && (last == first || samples + length(last) <= limit))
      samples += length(last++);
    arena.execute([&] {
      tbb::parallel_for(
          first, last,
          [&](size_t i) {
            if (!is_spooled(missing_[i])) make(missing_[i]);
          },
          tbb::simple_partitioner());
    });
    write_shard(first, last);
    first = last;
  }
}

/// set_aside.csv; sources.csv, the base's own and a row for each recording made; DONE.
void Derivation::finish() const {
  std::string table = csv_line({"recording_id", "path", "reason"});
  for (const auto& [index, item] : set_aside_) table += csv_line({item.recording_id, item.path, item.reason});
  write_file_atomically(file("set_aside.csv"), table);

  const fs::path base_sources = job_.base / kSourcesFile;
  std::vector<SourceRecord> records = read_sources(base_sources);
  std::vector<Recording> recordings(records.size());
  const CsvTable names = CsvTable::read(base_sources);
  for (size_t row = 0; row < records.size(); ++row) {
    recordings[row].recording_id = names.text_or_empty(row, "recording_id");
    recordings[row].path = names.text_or_empty(row, "path");
    records[row].row = static_cast<int64_t>(row);
  }
  const auto shards = shard_files(job_.out);
  for (size_t i = shards_of_base(); i < shards.size(); ++i) {
    const AudioShard shard(shards[i]);
    for (const StoredRecording& stored : shard.recordings()) {
      SourceRecord record;
      record.row = static_cast<int64_t>(recordings.size());
      record.source_sha256 = stored.source_sha256;
      record.length_samples = stored.length_samples;
      record.samples_sha256 = stored.samples_sha256;
      records.push_back(record);
      recordings.push_back(stored.recording);
    }
  }
  write_sources(file(kSourcesFile), recordings, records);

  Sha256 hash;
  hash.update(inputs_);
  for (const SourceRecord& record : records)
    hash.update(record.source_sha256 + " " + record.samples_sha256 + "\n");
  write_file_atomically(file(kIngestDoneFile), hash.finish() + "\n");
}

DerivedSummary Derivation::summary() const {
  DerivedSummary s;
  s.recordings = wanted_;
  s.passed = passed_;
  s.made = made_;
  const auto shards = shard_files(job_.out);
  s.shards = static_cast<int64_t>(shards.size());
  std::unordered_set<std::string> keys;
  for (size_t i = 0; i < base_.size(); ++i)
    if (const auto recording = job_.derived_of(base_.at(i))) keys.insert(recording->key());
  for (const fs::path& path : shards) {
    const AudioShard shard(path);
    for (const StoredRecording& stored : shard.recordings()) {
      if (!keys.contains(stored.recording.key())) continue;
      ++s.present;
      s.present_s += static_cast<double>(stored.length_samples) / base_.sample_rate_hz();
    }
  }
  for (const auto& [index, item] : set_aside_) s.set_aside.push_back(item);
  return s;
}

DerivedSummary Derivation::run() {
  make_folder(job_.out);
  const FolderLock lock(job_.out);
  const fs::path scratch = file("scratch");
  const bool begun = is_begun();
  if (!begun) {
    if (job_.prepare) job_.prepare(scratch);
    write_file_atomically(file(kIngestInputsFile), inputs_);
  }
  link_base();
  find_missing();
  if (missing_.empty() && fs::exists(file(kIngestDoneFile))) {
    DerivedSummary nothing_new = summary();
    nothing_new.already_done = true;
    return nothing_new;
  }
  if (begun && job_.prepare) job_.prepare(scratch);
  fs::remove_all(scratch);  // what a killed call left there
  make_folder(scratch);
  make_folder(file("spool"));
  observer_.on_stage_begin(job_.command, wanted_, "recordings");
  make_missing();
  finish();
  fs::remove_all(scratch);
  fs::remove_all(file("spool"));
  DerivedSummary result = summary();
  observer_.on_stage_end(fmt::format("{} of {} recordings, {} set aside", result.present, result.recordings,
                                     result.set_aside.size()));
  return result;
}

}  // namespace

DerivedSummary derive_shards(const DerivedJob& job, RunObserver& observer) {
  if (job.jobs < 0) throw ConfigError(fmt::format("[{}] jobs must be >= 0, got {}", job.command, job.jobs));
  if (job.shard_mib < 1)
    throw ConfigError(fmt::format("[{}] shard_mib must be >= 1, got {}", job.command, job.shard_mib));
  Corpus::require_ingested(job.base.string());
  if (fs::weakly_canonical(fs::absolute(job.base)) == fs::weakly_canonical(fs::absolute(job.out)))
    throw ConfigError(
        fmt::format("[{}] {} cannot be both read and written; the new shards need a folder of their own",
                    job.command, job.out.string()));
  return Derivation(job, observer).run();
}

}  // namespace melomine::datasets
