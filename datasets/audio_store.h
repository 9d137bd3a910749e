#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/recording.h"

namespace melomine::datasets {

/// One recording as it lies in the shards.
struct StoredRecording {
  Recording recording;
  int64_t length_samples = 0;
  std::string source_sha256;   ///< of the file it was decoded from
  std::string samples_sha256;  ///< of its samples as they lie in the shard, int16 little-endian
};

/// Read access to a folder of audio shards (what `melomine ingest` wrote). A recording that is there in
/// several renditions is one recording of the store, heard in the rendition asked for where it has that one.
/// HDF5 is not thread-safe: reads take one process-wide lock, and copy out of HDF5's own buffers before they
/// release it. Any row is read without its neighbours.
class AudioStore {
 public:
  /// @throws DataError for a folder without shards, of an unknown schema version or of mixed sample rates
  explicit AudioStore(const std::filesystem::path& folder, Rendition rendition = Rendition::kMix);
  ~AudioStore();
  AudioStore(AudioStore&&) noexcept;

  int sample_rate_hz() const;
  /// Recordings, each once whatever its renditions.
  size_t size() const;
  /// Rows of the shards: every rendition of every recording.
  size_t stored_rows() const;
  const StoredRecording& at(size_t index) const;
  /// -1 when there is no recording of that id.
  int64_t find(std::string_view recording_id) const;

  /// `count` samples from `start` on, samples / 32768. What lies outside the recording is 0 (start may be
  /// negative).
  std::vector<float> read(size_t index, int64_t start, int64_t count) const;
  std::vector<float> read_all(size_t index) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace melomine::datasets
