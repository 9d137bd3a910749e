#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/line_log.h"
#include "datasets/recording.h"
#include "dsp/decode.h"

namespace melomine::datasets {

/// Of a folder of shards: what it was begun with; that it is finished, with a hash of all that lies there.
inline constexpr const char* kIngestInputsFile = "inputs.json";
inline constexpr const char* kIngestDoneFile = "DONE";
inline constexpr const char* kSourcesFile = "sources.csv";

/// What became of one recording of the table.
struct SourceRecord {
  int64_t row = 0;          ///< in the table, from 0
  int64_t bytes = -1;       ///< of the file; -1 = there is none
  int64_t modified_ns = 0;  ///< its time of modification
  std::string source_sha256;
  int64_t length_samples = 0;
  std::string samples_sha256;
  std::string reason;  ///< why it was set aside; "" = it was decoded
  dsp::DecodeRepairs repairs;

  bool set_aside() const { return !reason.empty(); }
};

/// Size and time of modification of a file; both as in a default SourceRecord when there is none.
struct FileStamp {
  int64_t bytes = -1;
  int64_t modified_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp stamp_of(const std::filesystem::path& path);

/// SHA-256 of a recording's file; "" where there is none. @throws Error where it is there and cannot be read:
/// no fault of the recording, which must not be set aside for it
std::string sha256_of_source(const std::filesystem::path& path);

/// The table of all records, `sources.csv`, whole. @throws DataError
void write_sources(const std::filesystem::path& path, const std::vector<Recording>& recordings,
                   const std::vector<SourceRecord>& records);
std::vector<SourceRecord> read_sources(const std::filesystem::path& path);
/// Its records one after the other, in the table's order, without keeping them.
void visit_sources(const std::filesystem::path& path, const std::function<void(SourceRecord record)>& visit);

/// The memory of an ingest that is not finished: a line per recording done, appended as a whole. A torn last
/// line, left by a kill, is cut off. Safe to append to from several threads.
class IngestJournal {
 public:
  /// Opens or begins it. @throws DataError
  explicit IngestJournal(const std::filesystem::path& path);

  /// What was recorded before this process, by row, and not taken since; the last word on a row counts.
  const std::map<int64_t, SourceRecord>& earlier() const { return earlier_; }
  /// Of a row: no longer kept here. May be called from several threads at once.
  std::optional<SourceRecord> take_earlier(int64_t row);
  void append(const SourceRecord& record);
  void sync();

 private:
  std::map<int64_t, SourceRecord> earlier_;
  std::mutex mutex_;
  std::optional<LineLog> lines_;
};

}  // namespace melomine::datasets
