#include "experiments/corpus_queries.h"

#include <map>

namespace melomine::experiments {

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
