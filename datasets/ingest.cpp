#include "datasets/ingest.h"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <unordered_map>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/processors.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/ingest_spool.h"
#include "datasets/ingest_state.h"
#include "datasets/songs_table.h"
#include "dsp/decode.h"

namespace melomine::datasets {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceSamples = 1 << 16;
/// Recordings that may be on their way at once, a job: how far decoding runs ahead of a long recording. They
/// wait on disk, not in memory.
constexpr size_t kAheadPerJob = 64;

void check_options(const IngestOptions& o) {
  if (o.jobs < 0) throw ConfigError(fmt::format("[ingest] jobs must be >= 0, got {}", o.jobs));
  if (o.sample_rate_hz < 1000 || o.sample_rate_hz > 384000)
    throw ConfigError(fmt::format("[ingest] sample_rate must be 1000 .. 384000, got {}", o.sample_rate_hz));
  if (o.shard_mib < 1) throw ConfigError(fmt::format("[ingest] shard_mib must be >= 1, got {}", o.shard_mib));
}

/// The error's text without the path in front of it.
std::string reason_of(const DataError& error, const fs::path& path) {
  const std::string text = error.what(), prefix = path.string() + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

class Ingest {
 public:
  Ingest(const IngestOptions& options, RunObserver& observer)
      : options_(options), observer_(observer), songs_(read_songs_table(options.songs_table)) {}

  IngestSummary run();

 private:
  fs::path file(const std::string& name) const { return options_.out / name; }
  fs::path spool(int64_t row) const { return file("spool") / fmt::format("{:07}.pcm", row); }
  fs::path audio(int64_t row) const { return songs_.audio_path(recording(row)); }
  const Recording& recording(int64_t row) const { return songs_.recordings[static_cast<size_t>(row)]; }
  int64_t rows() const { return static_cast<int64_t>(songs_.recordings.size()); }

  void check_inputs();
  bool unchanged(const SourceRecord& record) const;
  [[noreturn]] void refuse(const std::string& what) const;
  void refuse_if_changed(const SourceRecord& record) const;
  IngestSummary finished() const;
  void find_finished_shards();
  void decode_and_write();
  SourceRecord process(int64_t row);
  SourceRecord decode(int64_t row);
  void decode_into(SourceRecord& record, const fs::path& path);
  bool spool_holds(const SourceRecord& record) const;
  void store(const SourceRecord& record);
  void commit_shard();
  void finish();
  IngestSummary summary(const std::vector<SourceRecord>& records) const;
  std::string done_hash(const std::vector<SourceRecord>& records) const;

  IngestOptions options_;
  RunObserver& observer_;
  SongsTable songs_;
  std::string inputs_;  // what inputs.json holds
  std::optional<IngestJournal> journal_;
  std::vector<bool> stored_;                         // rows that lie in a finished shard
  int64_t finished_shards_ = 0, finished_rows_ = 0;  // rows before the end of the last finished shard
  std::vector<SourceRecord> records_;                // in the table's order
  std::atomic<int64_t> decoded_ = 0;
  std::optional<AudioShardWriter> writer_;
  std::vector<int64_t> writer_rows_;
};

void Ingest::refuse(const std::string& what) const {
  throw ConfigError(fmt::format("{}: {}; give another --out, or remove the folder to ingest anew",
                                options_.out.string(), what));
}

void Ingest::check_inputs() {
  const nlohmann::ordered_json wanted = {{"schema_version", kAudioShardVersion},
                                         {"songs_table_sha256", sha256_of_file(options_.songs_table)},
                                         {"sample_rate_hz", options_.sample_rate_hz},
                                         {"shard_mib", options_.shard_mib}};
  inputs_ = json_text(wanted, 2) + "\n";
  const fs::path path = file(kIngestInputsFile);
  if (!fs::exists(path)) {
    if (!shard_files(options_.out).empty()) refuse("holds shards that ingest did not begin (no inputs.json)");
    write_file_atomically(path, inputs_);
    return;
  }
  const auto begun = json_if_valid(read_file(path));
  if (!begun || !begun->is_object()) throw DataError(path.string(), "", "is damaged");
  for (const auto& [key, value] : wanted.items()) {
    const auto before = begun->value(key, nlohmann::ordered_json());
    if (before == value) continue;
    if (key == "songs_table_sha256")
      refuse(options_.songs_table.string() + " changed since the folder was begun");
    refuse(fmt::format("{} was {}, now it is {}", key, json_text(before), json_text(value)));
  }
}

/// A file that was only touched, or copied to another place, has not changed.
bool Ingest::unchanged(const SourceRecord& record) const {
  const FileStamp before{record.bytes, record.modified_ns}, now = stamp_of(audio(record.row));
  if (now == before) return true;
  if (now.bytes != before.bytes || record.source_sha256.empty()) return false;
  return sha256_of_file(audio(record.row)) == record.source_sha256;
}

void Ingest::refuse_if_changed(const SourceRecord& record) const {
  if (record.row < 0 || record.row >= rows())
    throw DataError(options_.out.string(), "", "its journal is damaged");
  if (unchanged(record)) return;
  const bool exists = is_file(audio(record.row));
  refuse(fmt::format("{} (recording {}) {}", audio(record.row).string(), recording(record.row).recording_id,
                     !exists            ? "is gone"
                     : record.bytes < 0 ? "has come since"
                                        : "changed since it was ingested"));
}

IngestSummary Ingest::summary(const std::vector<SourceRecord>& records) const {
  IngestSummary s;
  s.recordings = rows();
  s.decoded = decoded_;
  for (const SourceRecord& record : records) {
    const Recording& r = recording(record.row);
    if (record.set_aside()) {
      s.set_aside.push_back({r.recording_id, record.reason, r.path});
      continue;
    }
    if (record.repairs.any()) s.repaired.push_back({r.recording_id, r.path, record.repairs});
    ++s.stored;
    ++s.stored_by_kind[to_string(r.kind)];
    s.duration_s += static_cast<double>(record.length_samples) / static_cast<double>(options_.sample_rate_hz);
  }
  s.shards = static_cast<int64_t>(shard_files(options_.out).size());
  return s;
}

std::string Ingest::done_hash(const std::vector<SourceRecord>& records) const {
  Sha256 hash;
  hash.update(inputs_);
  for (const SourceRecord& record : records) hash.update(record.source_sha256 + "\n");
  return hash.finish();
}

IngestSummary Ingest::finished() const {
  const auto records = read_sources(file(kSourcesFile));
  if (records.size() != songs_.recordings.size())
    throw DataError(file(kSourcesFile).string(), "", "is damaged");
  for (const SourceRecord& record : records) refuse_if_changed(record);
  if (read_file(file(kIngestDoneFile)) != done_hash(records) + "\n")
    throw DataError(file(kIngestDoneFile).string(), "",
                    "does not belong to inputs.json and sources.csv beside it");
  IngestSummary s = summary(records);
  s.already_done = true;
  return s;
}

void Ingest::find_finished_shards() {
  stored_.resize(songs_.recordings.size());
  std::unordered_map<std::string, int64_t> row_of;
  for (int64_t row = 0; row < rows(); ++row) row_of.emplace(recording(row).key(), row);
  for (const fs::path& path : shard_files(options_.out)) {
    const AudioShard shard(path);
    for (const StoredRecording& r : shard.recordings()) {
      const auto found = row_of.find(r.recording.key());
      if (found == row_of.end() || journal_->earlier().count(found->second) == 0)
        throw DataError(path.string(), "recording " + r.recording.recording_id,
                        "is not in the journal; remove the folder to ingest anew");
      stored_[static_cast<size_t>(found->second)] = true;
      finished_rows_ = std::max(finished_rows_, found->second + 1);
    }
    ++finished_shards_;
  }
  for (const auto& [row, record] : journal_->earlier()) {
    if (row < finished_rows_) refuse_if_changed(record);
  }
}

bool Ingest::spool_holds(const SourceRecord& record) const {
  std::error_code error;
  const auto bytes = fs::file_size(spool(record.row), error);
  return !error && bytes == static_cast<uintmax_t>(record.length_samples) * sizeof(int16_t) &&
         sha256_of_file(spool(record.row)) == record.samples_sha256;
}

SourceRecord Ingest::process(int64_t row) {
  throw_if_cancelled();
  if (auto earlier = journal_->take_earlier(row)) {
    if (row < finished_rows_) return *std::move(earlier);
    if (unchanged(*earlier) && (earlier->set_aside() || spool_holds(*earlier))) return *std::move(earlier);
  }
  if (row < finished_rows_)
    throw DataError(options_.out.string(), "recording " + recording(row).recording_id,
                    "is not in the journal; remove the folder to ingest anew");
  SourceRecord record = decode(row);
  journal_->append(record);
  ++decoded_;
  return record;
}

void Ingest::decode_into(SourceRecord& record, const fs::path& path) {
  std::optional<SpoolWriter> out;
  const dsp::DecodeOptions decode_options{.sample_rate_hz = static_cast<int>(options_.sample_rate_hz)};
  const dsp::DecodeResult result = dsp::decode_audio_or_again(path, decode_options, [&] {
    out.emplace(spool(record.row));
    return [&](std::span<const int16_t> piece) {
      throw_if_cancelled();
      out->write(piece);
    };
  });
  record.length_samples = result.samples;
  record.repairs = result.repairs;
  record.samples_sha256 = out->finish();
}

SourceRecord Ingest::decode(int64_t row) {
  SourceRecord record;
  record.row = row;
  const fs::path path = audio(row);
  const FileStamp stamp = stamp_of(path);
  record.bytes = stamp.bytes;
  record.modified_ns = stamp.modified_ns;
  record.source_sha256 = sha256_of_source(path);
  try {
    decode_into(record, path);
  } catch (const DataError& e) {
    record.length_samples = 0;
    record.reason = reason_of(e, path);
    fs::remove(spool(row).string() + ".tmp");
    log_debug("set aside {}: {}", recording(row).recording_id, e.what());
  }
  return record;
}

void Ingest::commit_shard() {
  if (!writer_) return;
  journal_->sync();  // a shard never exists without its recordings' lines
  writer_->commit();
  writer_.reset();
  ++finished_shards_;
  for (const int64_t row : writer_rows_) fs::remove(spool(row));
  writer_rows_.clear();
}

void Ingest::store(const SourceRecord& record) {
  if (record.set_aside() || stored_[static_cast<size_t>(record.row)]) return;
  const int64_t limit = options_.shard_mib * 1024 * 1024 / static_cast<int64_t>(sizeof(int16_t));
  if (writer_ && writer_->samples() + record.length_samples > limit) commit_shard();
  if (!writer_)
    writer_.emplace(file(shard_file_name(finished_shards_)), static_cast<int>(options_.sample_rate_hz));
  std::ifstream in(spool(record.row), std::ios::binary);
  std::vector<int16_t> piece(kPieceSamples);
  for (int64_t left = record.length_samples; left > 0;) {
    throw_if_cancelled();
    const auto count = static_cast<size_t>(std::min<int64_t>(left, kPieceSamples));
    if (!in.read(reinterpret_cast<char*>(piece.data()),
                 static_cast<std::streamsize>(count * sizeof(int16_t))))
      throw Error(spool(record.row).string() + ": cannot be read back");
    writer_->append(std::span(piece).first(count));
    left -= static_cast<int64_t>(count);
  }
  StoredRecording stored;
  stored.recording = recording(record.row);
  stored.source_sha256 = record.source_sha256;
  writer_->finish_recording(std::move(stored));
  writer_rows_.push_back(record.row);
}

void Ingest::decode_and_write() {
  const auto jobs = static_cast<size_t>(options_.jobs > 0 ? options_.jobs : usable_processors());
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  records_.resize(songs_.recordings.size());
  observer_.on_stage_begin("ingest", rows(), "recordings");
  // Errors are carried around the pipeline, not through it: what is on its way runs dry, the first one is
  // thrown.
  std::mutex mutex;
  std::exception_ptr error;
  std::atomic<bool> failed = false;
  const auto guarded = [&](const auto& action) {
    if (failed) return;
    try {
      action();
    } catch (...) {
      const std::lock_guard guard(mutex);
      if (!failed.exchange(true)) error = std::current_exception();
    }
  };
  int64_t next = 0, set_aside = 0;
  const auto take = [&](tbb::flow_control& flow) -> int64_t {
    if (next < rows() && !failed) return next++;
    flow.stop();
    return -1;
  };
  const auto work = [&](int64_t row) {
    guarded([&] { records_[static_cast<size_t>(row)] = process(row); });
    return row;
  };
  const auto write = [&](int64_t row) {
    guarded([&] {
      const SourceRecord& record = records_[static_cast<size_t>(row)];
      store(record);
      set_aside += record.set_aside() ? 1 : 0;
      observer_.on_progress(row + 1, set_aside > 0 ? fmt::format("{} set aside", set_aside) : "");
    });
  };
  arena.execute([&] {
    tbb::parallel_pipeline(kAheadPerJob * jobs,
                           tbb::make_filter<void, int64_t>(tbb::filter_mode::serial_in_order, take) &
                               tbb::make_filter<int64_t, int64_t>(tbb::filter_mode::parallel, work) &
                               tbb::make_filter<int64_t, void>(tbb::filter_mode::serial_in_order, write));
  });
  if (error) std::rethrow_exception(error);
  commit_shard();
}

void Ingest::finish() {
  const IngestSummary all = summary(records_);
  std::string set_aside = "recording_id,path,reason\n", repaired = "recording_id,path,repairs\n";
  for (const SetAside& s : all.set_aside) set_aside += csv_line({s.recording_id, s.path, s.reason});
  for (const Repaired& r : all.repaired) repaired += csv_line({r.recording_id, r.path, r.repairs.text()});
  write_file_atomically(file("set_aside.csv"), set_aside);
  write_file_atomically(file("repaired.csv"), repaired);
  write_sources(file(kSourcesFile), songs_.recordings, records_);
  write_file_atomically(file(kIngestDoneFile), done_hash(records_) + "\n");
}

IngestSummary Ingest::run() {
  make_folder(options_.out);
  const FolderLock lock(options_.out);
  check_inputs();
  IngestSummary result;
  if (fs::exists(file(kIngestDoneFile))) {
    result = finished();
  } else {
    make_folder(file("spool"));
    journal_.emplace(file("journal.csv"));
    find_finished_shards();
    decode_and_write();
    finish();
    result = summary(records_);
    observer_.on_stage_end(fmt::format("{} stored in {} shards, {} set aside", result.stored, result.shards,
                                       result.set_aside.size()));
  }
  journal_.reset();
  fs::remove(file("journal.csv"));
  fs::remove_all(file("spool"));
  return result;
}

}  // namespace

IngestSummary ingest(const IngestOptions& options, RunObserver& observer) {
  check_options(options);
  return Ingest(options, observer).run();
}

}  // namespace melomine::datasets
