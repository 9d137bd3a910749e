#include "datasets/corpus.h"

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/ingest_state.h"

namespace melomine::datasets {
namespace {

namespace fs = std::filesystem;

AudioStore readable_store(const std::string& folder, Rendition rendition) {
  try {
    return AudioStore(folder, rendition);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}; put the file back, or remove {} and ingest again", e.what(), folder));
  }
}

}  // namespace

void Corpus::require_ingested(const std::string& folder) {
  if (folder.empty()) throw ConfigError("data.shards is empty; name the folder that `melomine ingest` wrote");
  if (!fs::is_directory(folder))
    throw DataError(
        folder, "",
        fmt::format("is no folder of audio shards; `melomine ingest SONGS.csv --out {}` makes it, or "
                    "`melomine separate` where the experiment has a separator",
                    folder));
  if (!fs::exists(fs::path(folder) / kIngestDoneFile))
    throw DataError(
        folder, "",
        "its ingest has not finished; run the same `melomine ingest` (or `melomine separate`) again");
}

Corpus Corpus::open(const std::string& folder, Rendition rendition) {
  require_ingested(folder);
  Corpus corpus(readable_store(folder, rendition));
  size_t expected = 0;
  visit_sources(fs::path(folder) / kSourcesFile,
                [&](const SourceRecord& source) { expected += source.set_aside() ? 0 : 1; });
  if (expected != corpus.store_.stored_rows())
    throw DataError(
        folder, "",
        fmt::format("its shards hold {} recordings where sources.csv lists {}: is a shard missing? "
                    "Remove the folder and ingest again",
                    corpus.store_.stored_rows(), expected));
  return corpus;
}

Corpus::Corpus(AudioStore store) : store_(std::move(store)) {
  for (size_t i = 0; i < store_.size(); ++i) {
    const Recording& recording = store_.at(i).recording;
    CorpusSong& song = songs_[recording.song_id];
    switch (recording.kind) {
      case RecordingKind::kOriginal:
        if (!song.original) song.original = i;
        break;
      case RecordingKind::kCover:
        song.covers.push_back(i);
        break;
      case RecordingKind::kHumming:
        song.hums.push_back(i);
        break;
      case RecordingKind::kScore:
        break;
    }
  }
}

dsp::AudioBuffer Corpus::load(size_t index) const {
  return {store_.read_all(index), store_.sample_rate_hz()};
}

}  // namespace melomine::datasets
