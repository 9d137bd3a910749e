#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "dsp/audio_buffer.h"

namespace melomine::datasets {

/// The recordings of one song: indices into the store, in the store's order.
struct CorpusSong {
  std::optional<size_t> original;  ///< the first, where there are several
  std::vector<size_t> covers, hums;
};

/// The audio that an experiment works on: a finished ingest, opened and checked once, its recordings by song.
class Corpus {
 public:
  /// Opens a folder that `melomine ingest` wrote.
  /// @param rendition  which rendition of a recording is heard where it has that one (audio_store.h)
  /// @throws ConfigError for an empty name; DataError when the folder is absent, its ingest not finished or a
  ///         recording missing, each with the command that helps
  static Corpus open(const std::string& folder, Rendition rendition = Rendition::kMix);
  /// What `open` refuses before it opens a shard. @throws as open
  static void require_ingested(const std::string& folder);

  /// The recordings of a store that is open already.
  explicit Corpus(AudioStore store);

  const AudioStore& store() const { return store_; }
  /// By song_id.
  const std::map<std::string, CorpusSong>& songs() const { return songs_; }
  /// The whole recording.
  dsp::AudioBuffer load(size_t index) const;

 private:
  AudioStore store_;
  std::map<std::string, CorpusSong> songs_;
};

}  // namespace melomine::datasets
