#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/audio_shard.h"
#include "datasets/corpus.h"
#include "tests/support/temp_folder.h"

namespace melomine::testing {

/// A recording of a shard written for a test. Recordings of equal `sound` hold the same samples; 0 is
/// silence.
struct ShardRecording {
  std::string recording_id, song_id;
  datasets::RecordingKind kind = datasets::RecordingKind::kOriginal;
  int16_t sound = 0;
  std::string path{};
};

/// A folder with one audio shard.
class SongShards {
 public:
  explicit SongShards(const std::vector<ShardRecording>& recordings) {
    datasets::AudioShardWriter writer(folder_ / datasets::shard_file_name(0), 16000);
    for (const ShardRecording& wanted : recordings) {
      writer.append(std::vector<int16_t>(100, static_cast<int16_t>(1000 * wanted.sound)));
      datasets::StoredRecording stored;
      stored.recording.recording_id = wanted.recording_id;
      stored.recording.song_id = wanted.song_id;
      stored.recording.kind = wanted.kind;
      stored.recording.path = wanted.path;
      writer.finish_recording(stored);
    }
    writer.commit();
  }
  datasets::Corpus corpus() const { return datasets::Corpus(datasets::AudioStore(folder_.path())); }

 private:
  TempFolder folder_;
};

/// Songs a, b, c, … of an original, a cover and a hum each, no two of them alike.
inline std::vector<ShardRecording> songs_of_three(int songs) {
  using datasets::RecordingKind;
  std::vector<ShardRecording> recordings;
  for (int i = 0; i < songs; ++i) {
    const std::string song(1, static_cast<char>('a' + i));
    for (const auto& [name, kind] : {std::pair{"_original", RecordingKind::kOriginal},
                                     {"_cover", RecordingKind::kCover},
                                     {"_hum", RecordingKind::kHumming}})
      recordings.push_back({song + name, song, kind, static_cast<int16_t>(recordings.size() % 32 + 1)});
  }
  return recordings;
}

}  // namespace melomine::testing
