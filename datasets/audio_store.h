#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
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
/// Any row is read without its neighbours, by several threads at once.
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

  /// Samples from `start` on, as they are stored. What lies outside the recording is 0 (start may be
  /// negative).
  void read(size_t index, int64_t start, std::span<int16_t> out) const;
  /// The same, / 32768.
  std::vector<float> read(size_t index, int64_t start, int64_t count) const;
  std::vector<float> read_all(size_t index) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace melomine::datasets
