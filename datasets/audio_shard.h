#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/audio_store.h"

namespace melomine::datasets {

/// An audio shard, format in docs/formats.md: `samples` int16, all recordings end to end, Fletcher-32 on each
/// chunk; `recordings`, a compound table of them.
inline constexpr int64_t kAudioShardVersion = 1;
inline constexpr const char* kAudioShardFormat = "melomine audio shard";
/// A window of 3 s lies in two chunks at most.
inline constexpr int64_t kShardChunkSamples = 65536;

/// "shard-00007.h5"
std::string shard_file_name(int64_t index);
/// Shards of a folder in order. @throws DataError when one is missing in between
std::vector<std::filesystem::path> shard_files(const std::filesystem::path& folder);

/// Writes a shard, recording after recording. It appears, synced, at `commit`. The bytes depend on what is
/// added alone. @throws DataError
class AudioShardWriter {
 public:
  AudioShardWriter(const std::filesystem::path& path, int sample_rate_hz);
  ~AudioShardWriter();
  AudioShardWriter(AudioShardWriter&&) noexcept;

  /// Samples of the recording that the next `finish_recording` names.
  void append(std::span<const int16_t> samples);
  /// @param stored  its length and the samples' SHA-256 are filled in here
  void finish_recording(StoredRecording stored);
  int64_t samples() const;
  size_t recordings() const;
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A shard to read, by several threads at once: what lies in it is in memory, its file is open while it is
/// read from.
class AudioShard {
 public:
  /// @throws DataError when it is no shard, or of another version
  explicit AudioShard(const std::filesystem::path& path);
  ~AudioShard();
  AudioShard(AudioShard&&) noexcept;

  int sample_rate_hz() const;
  const std::string& tool_version() const;
  const std::vector<StoredRecording>& recordings() const;
  /// Samples [start, start + out.size()) of a recording, all inside it.
  /// @throws DataError naming file and recording where a checksum does not hold
  void read(size_t index, int64_t start, std::span<int16_t> out) const;
  /// Closes the file until it is read from again; who reads just now may end that.
  void close() const;
  /// Reads every sample. @returns a line for each recording that is damaged
  std::vector<std::string> damage() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace melomine::datasets
