#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "datasets/recording.h"
#include "dsp/decode.h"

namespace melomine::datasets {

struct IngestOptions {
  std::filesystem::path songs_table;  ///< songs.csv
  std::filesystem::path out;          ///< folder of the shards
  int64_t jobs = 0;                   ///< files decoded at once; 0 = one per processor
  int64_t sample_rate_hz = 16000;     ///< of the shards
  int64_t shard_mib = 1024;  ///< a shard ends before the recording that would make it larger than this
};

/// A recording that was stored after something in it was mended.
struct Repaired {
  std::string recording_id;
  std::string path;  ///< as in the table
  dsp::DecodeRepairs repairs;
};

struct IngestSummary {
  int64_t recordings = 0;  ///< rows of the table
  int64_t stored = 0;
  int64_t decoded = 0;  ///< by this call; the others had been by an interrupted one
  int64_t shards = 0;
  double duration_s = 0;  ///< of what is stored
  std::map<std::string, int64_t> stored_by_kind;
  std::vector<SetAside> set_aside;  ///< in the table's order
  std::vector<Repaired> repaired;   ///< in the table's order
  bool already_done = false;        ///< the folder was finished; nothing was written
};

/// Decodes the recordings of a table into audio shards (audio_shard.h) of mono 16-bit samples: files in
/// parallel, one writer, in the table's order, so that the shards' bytes depend neither on `jobs` nor on
/// where an earlier call was killed. Interrupted, it goes on where it was when called again. docs/ingest.md
/// tells what lies in the folder.
///
/// A recording that cannot be decoded is set aside; it never ends the job. What decoding mended is recorded.
/// Memory does not grow with the files.
/// @throws ConfigError for options out of range, and for a folder begun with another table, other options or
///         other audio files, naming what changed
/// @throws DataError for a faulty table (file and line) or a folder that cannot be written
/// @throws Cancelled when the user asks to stop
IngestSummary ingest(const IngestOptions& options, RunObserver& observer);

}  // namespace melomine::datasets
