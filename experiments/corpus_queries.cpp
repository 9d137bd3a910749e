#include "experiments/corpus_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/error.h"
#include "datasets/ingest_state.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

void require_ingested(const std::string& folder) {
  if (folder.empty()) throw ConfigError("data.shards is empty; name the folder that `melomine ingest` wrote");
  if (!fs::is_directory(folder))
    throw DataError(
        folder, "",
        fmt::format("is no folder of audio shards; `melomine ingest SONGS.csv --out {}` makes it", folder));
  if (!fs::exists(fs::path(folder) / datasets::kIngestDoneFile))
    throw DataError(folder, "", "its ingest has not finished; run the same `melomine ingest` again");
}

namespace {

datasets::AudioStore readable_store(const std::string& folder) {
  try {
    return datasets::AudioStore(folder);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}; put the file back, or remove {} and ingest again", e.what(), folder));
  }
}

}  // namespace

datasets::AudioStore open_shards(const std::string& folder) {
  require_ingested(folder);
  datasets::AudioStore store = readable_store(folder);
  const auto sources = datasets::read_sources(fs::path(folder) / datasets::kSourcesFile);
  const auto expected =
      std::count_if(sources.begin(), sources.end(), [](const auto& source) { return !source.set_aside(); });
  if (static_cast<size_t>(expected) != store.size())
    throw DataError(
        folder, "",
        fmt::format("its shards hold {} recordings where sources.csv lists {}: is a shard missing? "
                    "Remove the folder and ingest again",
                    store.size(), expected));
  return store;
}

CorpusQueries corpus_queries(const datasets::AudioStore& store, const std::set<std::string>& songs,
                             const std::set<std::string>& candidates) {
  CorpusQueries result;
  std::map<std::string, int64_t> reference_of_song;
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::Recording& recording = store.at(i).recording;
    if (recording.kind != datasets::RecordingKind::kOriginal || !candidates.contains(recording.song_id))
      continue;
    reference_of_song.emplace(recording.song_id, static_cast<int64_t>(result.references.size()));
    result.references.push_back(i);
  }
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::Recording& recording = store.at(i).recording;
    const auto reference = reference_of_song.find(recording.song_id);
    if (recording.kind == datasets::RecordingKind::kHumming && songs.contains(recording.song_id) &&
        reference != reference_of_song.end())
      result.queries.push_back({i, reference->second});
  }
  return result;
}

dsp::AudioBuffer load_recording(const datasets::AudioStore& store, size_t index) {
  return {store.read_all(index), store.sample_rate_hz()};
}

}  // namespace melomine::experiments
